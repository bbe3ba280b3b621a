"""Asks a model server by Triton's own client, for the rows of a request file, and prints what it answers.

Each way of sending numbers is asked: as bytes, as JSON, and with no word about the output."""

import json
import sys

import numpy as np
import tritonclient.http as http

port, model, version, request = sys.argv[1:]
client = http.InferenceServerClient(f"127.0.0.1:{port}")
told = {
    "live": client.is_server_live(),
    "ready": client.is_server_ready() and client.is_model_ready(model, version),
    "server": client.get_server_metadata()["name"],
}
metadata = client.get_model_metadata(model)
with open(request, encoding="utf-8") as file:
    rows = np.array(json.load(file)["dataframe_split"]["data"])


def ask(kind, binary, outputs):
    tensor = http.InferInput(metadata["inputs"][0]["name"], list(rows.shape), kind)
    tensor.set_data_from_numpy(rows.astype({"FP32": np.float32, "FP64": np.float64}[kind]), binary_data=binary)
    result = client.infer(model, [tensor], outputs=outputs, request_id="7")
    assert result.get_response()["id"] == "7"
    return result.as_numpy(metadata["outputs"][0]["name"]).tolist()


told["binary"] = ask("FP32", True, [http.InferRequestedOutput("output", binary_data=True)])
told["json"] = ask("FP32", False, [http.InferRequestedOutput("output", binary_data=False)])
told["any"] = ask("FP64", True, None)
print(json.dumps(told))
