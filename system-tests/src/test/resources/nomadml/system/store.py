"""Stores what a user has in MLflow by its own client: store.py DATA MODULE [MODEL]

Logs the file DATA, and the TorchScript MODULE as a file and as a version of a registered model; prints the run.
"""

import sys

import mlflow
import torch

data, module, model = sys.argv[1:4]
with mlflow.start_run() as run:
    mlflow.log_artifact(data, "data")
    mlflow.log_artifact(module, "modules")
    mlflow.pytorch.log_model(torch.jit.load(module), name="model", registered_model_name=model, serialization_format="pickle")
print(run.info.run_id)
