"""A TorchScript file as a runtime of MLServer."""
import numpy
import torch
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Network(MLModel):
    async def load(self):
        torch.set_num_threads(1)
        self.network = torch.jit.load(self.settings.parameters.uri).eval()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        rows = NumpyCodec.decode_input(payload.inputs[0])
        with torch.inference_mode():
            output = self.network(torch.from_numpy(numpy.asarray(rows, numpy.float32))).numpy()
        return InferenceResponse(model_name=self.name, outputs=[NumpyCodec.encode_output("output", output)])
