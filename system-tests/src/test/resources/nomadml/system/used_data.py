"""Prints the data sets of a run as MLflow's own classes read them: used_data.py RUN"""

import hashlib
import json
import sys
from pathlib import Path

import mlflow
from mlflow.data.schema import TensorDatasetSchema
from mlflow.types.schema import Schema


def columns(schema):
    if "mlflow_tensorspec" in schema:
        parsed = TensorDatasetSchema.from_dict(schema)
        return {"features": repr(parsed.features), "targets": repr(parsed.targets)}
    parsed = Schema.from_json(json.dumps(schema["mlflow_colspec"]))
    return {column.name: [column.type.name, column.required] for column in parsed.inputs}


def sha256(source):
    """Of what the source opens; nothing for a path of another machine."""
    if not source.to_dict()["uri"].startswith("runs:/"):
        return None
    return hashlib.sha256(Path(source.load()).read_bytes()).hexdigest()


print(
    json.dumps(
        {
            used.tags[0].value: {
                "columns": columns(json.loads(used.dataset.schema)),
                "profile": json.loads(used.dataset.profile),
                "sha256": sha256(mlflow.data.get_source(used.dataset)),
            }
            for used in mlflow.get_run(sys.argv[1]).inputs.dataset_inputs
        }
    )
)
