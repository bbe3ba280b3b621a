"""A TorchScript file as a service of BentoML, with its adaptive batching."""
import os

import bentoml
import numpy
import torch


@bentoml.service(workers=int(os.environ["WORKERS"]), traffic={"timeout": 30}, metrics={"enabled": False})
class Network:
    def __init__(self):
        torch.set_num_threads(1)
        self.network = torch.jit.load(os.environ["MODEL"]).eval()

    @bentoml.api(batchable=True, max_batch_size=64, max_latency_ms=1000, route="/invocations")
    def predict(self, inputs: numpy.ndarray) -> numpy.ndarray:
        with torch.inference_mode():
            return self.network(torch.from_numpy(inputs.astype(numpy.float32, copy=False))).numpy()
