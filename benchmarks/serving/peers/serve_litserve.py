"""A TorchScript file behind LitServe. Usage: serve_litserve.py FILE PORT WORKERS BATCH"""
import sys

import litserve
import torch


class Network(litserve.LitAPI):
    def setup(self, device):
        torch.set_num_threads(1)
        self.network = torch.jit.load(sys.argv[1]).eval()

    def decode_request(self, request):
        return torch.tensor(request["inputs"], dtype=torch.float32)

    def batch(self, inputs):
        return torch.cat(inputs), [len(one) for one in inputs]

    def predict(self, inputs):
        with torch.inference_mode():
            if isinstance(inputs, torch.Tensor):
                return self.network(inputs)
            rows, sizes = inputs
            return self.network(rows).split(sizes)

    def unbatch(self, output):
        return output

    def encode_response(self, output):
        return {"predictions": output.tolist()}


if __name__ == "__main__":
    workers, batch = int(sys.argv[3]), int(sys.argv[4])
    api = Network(max_batch_size=batch, batch_timeout=0.0, api_path="/invocations")
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=workers, timeout=30)
    server.run(host="127.0.0.1", port=int(sys.argv[2]), generate_client_file=False, log_level="warning")
