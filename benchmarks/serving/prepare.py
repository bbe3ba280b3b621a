"""Makes of a model that our trainer wrote what the peers need. Usage: prepare.py TRAINED ROWS TARGET

TARGET/network.pt   the TorchScript itself
TARGET/model        the same as mlflow.pytorch logs it, with a tensor signature: MLflow's fastest way to serve
TARGET/answers.json the network's own answers for ROWS (a JSON array), in this process
"""
import json
import pathlib
import shutil
import sys

import mlflow.pytorch
import numpy
import torch
from mlflow.models import ModelSignature
from mlflow.types import Schema, TensorSpec

trained, rows, target = map(pathlib.Path, sys.argv[1:])
network = torch.jit.load(str(trained / "data/model.pth")).eval()
shutil.copy(trained / "data/model.pth", target / "network.pt")
inputs = torch.tensor(json.loads(rows.read_text()), dtype=torch.float32)
with torch.inference_mode():
    answers = network(inputs)
(target / "answers.json").write_text(json.dumps(answers.tolist()))


def schema(tensor):
    return Schema([TensorSpec(numpy.dtype("float32"), (-1, *tensor.shape[1:]))])


mlflow.pytorch.save_model(
    network, target / "model", serialization_format="pickle", signature=ModelSignature(schema(inputs), schema(answers)))
