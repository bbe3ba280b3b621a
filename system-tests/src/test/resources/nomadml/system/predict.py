"""Predicts with a model folder, or a registered model, as a user's Python does.

predict.py MODEL INPUT REQUEST: reads a CSV file, lines of text or a request in JSON; writes the request for `mlflow models serve`;
prints {"pyfunc": rows, "torch": rows}.
"""

import json
import sys
from importlib import import_module
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import torch


def number_of(categories):
    """What docs/operations.md says about a cell's number."""
    truths = {"True": 1, "False": 0}

    def number(text):
        if pd.isna(text):
            return float("nan")
        if categories:
            return categories.index(text) if text in categories else len(categories)
        return truths[text] if text in truths else float(text)

    return number


model, source, request = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
folder = Path(mlflow.artifacts.download_artifacts(model))
loaded = mlflow.pyfunc.load_model(model)
description = json.loads((folder / "preprocessing.json").read_text())
if source.suffix == ".json":
    request.write_text(source.read_text())
    data = np.array(json.loads(source.read_text())["inputs"], np.float32)
    tensor = torch.from_numpy(data) / description["scale"]
elif source.suffix == ".txt":
    data = pd.DataFrame({"text": source.read_text(encoding="utf-8").removesuffix("\n").split("\n")})
    request.write_text(json.dumps({"dataframe_split": data.to_dict(orient="split", index=False)}))
    tokens = description["tokenizer"]
    settings = {name: tokens["settings"][name] for name in ("sequence_length", "lower_case", "tokens")}
    encode = import_module("nomadml_model.tokenizer").encode
    tensor = torch.from_numpy(encode(data["text"], tokens["vocabulary"], **settings))
else:
    data = pd.read_csv(source)
    request.write_text(json.dumps({"dataframe_split": json.loads(data.to_json(orient="split", index=False))}))
    columns = {column["name"]: number_of(column["categories"]) for column in description["columns"]}
    texts = pd.read_csv(source, dtype=str)
    tensor = torch.tensor(pd.DataFrame({name: texts[name].map(number) for name, number in columns.items()}).to_numpy(float))
    if not description["inside_the_model"]:
        tensor = tensor.float()  # A user's own module; ours takes any type.
network = torch.jit.load(folder / "data" / "model.pth", map_location="cpu").eval()
with torch.inference_mode():
    raw_rows = network(tensor).reshape(len(tensor), -1).tolist()
print(json.dumps({"pyfunc": np.asarray(loaded.predict(data)).tolist(), "torch": raw_rows}))
