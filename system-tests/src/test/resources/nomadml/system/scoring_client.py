"""Asks a model server by MLflow's own client of its scoring protocol: with a data frame, and with an array."""

import json
import sys

import pandas as pd
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

port, request = sys.argv[1:]
client = ScoringServerClient("127.0.0.1", port)
client.wait_server_ready(timeout=30)
with open(request, encoding="utf-8") as file:
    frame = pd.DataFrame(**json.load(file)["dataframe_split"])
print(
    json.dumps(
        {
            "frame": client.invoke(frame).get_predictions().values.tolist(),
            "array": client.invoke(frame.to_numpy()).get_predictions().values.tolist(),
        }
    )
)
