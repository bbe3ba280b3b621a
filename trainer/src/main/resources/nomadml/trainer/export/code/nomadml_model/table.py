"""Makes the network's tensor of a data frame: a number for each cell, NaN where there is none."""

import numpy as np
import pandas as pd
import torch

MISSING = {"", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "null", "none"}


class Inputs:
    def __init__(self, description, folder):
        self.columns = [Column(**column) for column in description["columns"]]

    def tensor(self, data):
        if not isinstance(data, pd.DataFrame):
            data = pd.DataFrame(data, columns=[column.name for column in self.columns])
        values = np.empty((len(data), len(self.columns)), np.float32)
        for place, column in enumerate(self.columns):
            values[:, place] = column.numbers(data[column.name])
        return torch.from_numpy(values)


class Column:
    def __init__(self, name, kind, categories, **_):
        self.name = name
        self.cell = {"category": self.place, "boolean": self.truth}.get(kind, self.number)
        self.places = {category: place for place, category in enumerate(categories)}
        self.places_of_numbers = {}
        for category, place in self.places.items():
            number = as_number(category)
            if number is not None:
                self.places_of_numbers.setdefault(number, place)

    def numbers(self, cells):
        """The cells as 32-bit floats; each distinct value is looked at once."""
        if cells.dtype.kind in "iuf" and self.cell == self.number:
            return cells.to_numpy(np.float32)
        codes, values = pd.factorize(cells)
        numbers = [np.nan if is_missing(value) else self.cell(value) for value in values]
        return np.array(numbers + [np.nan], np.float32)[codes]  # Missing cells have the code -1: the last.

    def place(self, value):
        """A category's place; the one after the last for what the training rows did not have."""
        text = value.strip() if isinstance(value, str) else str(value)
        if text in self.places:
            return self.places[text]
        return self.places_of_numbers.get(as_number(value), len(self.places))

    def truth(self, value):
        truths = {"true": 1.0, "false": 0.0}
        text = str(value).strip().lower()
        return truths[text] if text in truths else self.number(value)

    def number(self, value):
        number = as_number(value)
        if number is None:
            raise ValueError(f"column {self.name!r} is not a number: {value!r}")
        return number


def is_missing(value):
    return isinstance(value, str) and value.strip().lower() in MISSING


def as_number(value):
    """The value as a 32-bit float, as the trainer reads it."""
    try:
        return float(np.float32(value))
    except (TypeError, ValueError):
        return None
