"""Makes the network's tensor of pixels of 0-255 in an array (images, channels, height, width)."""

import numpy as np
import torch


class Inputs:
    def __init__(self, description, folder):
        self.shape = tuple(description["input_shape"])
        self.scale = description["scale"]

    def tensor(self, data):
        pixels = np.ascontiguousarray(data, np.float32)
        if pixels.shape[1:] != self.shape:
            raise ValueError(f"images must have the shape (n, {', '.join(map(str, self.shape))}), not {pixels.shape}")
        return torch.from_numpy(pixels if self.scale == 1 else pixels / np.float32(self.scale))
