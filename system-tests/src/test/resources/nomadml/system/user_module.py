"""Writes the TorchScript a user could bring: user_module.py FILE FEATURES OUTPUTS"""

import sys

import torch

torch.manual_seed(1)
layers = torch.nn.Sequential(
    torch.nn.Flatten(), torch.nn.Linear(int(sys.argv[2]), 32), torch.nn.Tanh(), torch.nn.Linear(32, int(sys.argv[3]))
)
torch.jit.script(layers).save(sys.argv[1])
