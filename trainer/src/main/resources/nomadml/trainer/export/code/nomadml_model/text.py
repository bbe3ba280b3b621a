"""Makes the network's tensor of texts: a data frame with one column of them, a list, or a single text."""

import pandas as pd
import torch

from .tokenizer import encode


class Inputs:
    def __init__(self, description, folder):
        self.settings = description["tokenizer"]["settings"]
        self.vocabulary = description["tokenizer"]["vocabulary"]

    def tensor(self, data):
        if isinstance(data, pd.DataFrame):
            if data.shape[1] != 1:
                raise ValueError(f"one column of texts is needed, not {list(data.columns)}")
            data = data.iloc[:, 0]
        texts = [data] if isinstance(data, str) else list(data)
        for text in texts:
            if not isinstance(text, str):
                raise ValueError(f"not a text: {text!r}")
        return torch.from_numpy(
            encode(
                texts,
                self.vocabulary,
                self.settings["sequence_length"],
                self.settings["lower_case"],
                self.settings["tokens"],
            )
        )
