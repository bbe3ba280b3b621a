"""Loads a model that nomad-ml trained: a TorchScript network, and what makes its tensor of the caller's data."""

import json
from importlib import import_module
from pathlib import Path

import numpy as np
import torch

ROWS_AT_ONCE = 512


class Model:
    """Answers one row of numbers for each example: probabilities of the classes, or the value of a regression."""

    def __init__(self, network, inputs):
        self.network = network
        self.inputs = inputs

    def predict(self, data, params=None):
        examples = self.inputs.tensor(data)
        with torch.inference_mode():
            parts = [self.network(part).reshape(len(part), -1).numpy() for part in examples.split(ROWS_AT_ONCE)]
        return np.concatenate(parts)


def _load_pyfunc(path):
    """Called by mlflow.pyfunc; preprocessing.json names the module here whose Inputs reads the caller's data."""
    folder = Path(path).parent
    description = json.loads((folder / "preprocessing.json").read_text(encoding="utf-8"))
    network = torch.jit.load(str(Path(path) / "model.pth"), map_location="cpu").eval()
    inputs = import_module(f".{description['input']}", __name__).Inputs(description, folder)
    return Model(network, inputs)
