#!/usr/bin/env python3
"""The same training in Python: one process, one variant; prints one JSON object.

Usage: torch_loop.py VARIANT MODEL FOLDER BATCH EPOCHS RATE SEED
VARIANT is loader (a DataLoader), slices (tensors indexed by a permutation), fused (slices and the fused Adam),
compile (fused and torch.compile) or lightning; MODEL is mlp, lenet or resnet18; FOLDER holds MNIST's four files, or
table.csv whose last column is a class; a fifth of its rows, by the seed, is held out.
"""
import json
import os
import pathlib
import statistics
import sys
import time

import torch
from torch import nn

import digits

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.first_norm, self.second_norm = nn.BatchNorm2d(outputs), nn.BatchNorm2d(outputs)
        self.shortcut = nn.Identity()
        if stride > 1:
            self.shortcut = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(self.second_norm(self.second(y)) + self.shortcut(x))


def resnet18(outputs):
    layers, width = [nn.Conv2d(1, 64, 3, 1, 1, bias=False), nn.BatchNorm2d(64), nn.ReLU()], 64
    for wider in (64, 128, 256, 512):
        layers += [Block(width, wider, 1 if wider == width else 2), Block(wider, wider, 1)]
        width = wider
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, outputs))


def network(name, width, outputs):
    if name == "mlp":
        return nn.Sequential(nn.Flatten(), nn.Linear(width, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, outputs))
    if name == "lenet":
        return nn.Sequential(
            nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, outputs))
    return resnet18(outputs)


def tensors(folder, name):
    pixels, labels = digits.read_idx(folder, name)
    x = torch.frombuffer(bytearray(pixels), dtype=torch.uint8).reshape(-1, 1, 28, 28).float()
    return x, torch.tensor(list(labels))


def read(folder):
    """Training and held-out rows, standardised by the training rows."""
    table = pathlib.Path(folder) / "table.csv"
    if table.exists():
        rows = torch.tensor([[float(cell) for cell in line.split(",")] for line in table.read_text().split()[1:]])
        rows = rows[torch.randperm(len(rows))]
        held = round(len(rows) / 5)
        held_x, held_y, x, y = rows[:held, :-1], rows[:held, -1].long(), rows[held:, :-1], rows[held:, -1].long()
        mean, deviation = x.mean(0), x.std(0)
        deviation[deviation == 0] = 1
    else:
        (x, y), (held_x, held_y) = tensors(folder, "train"), tensors(folder, "t10k")
        mean, deviation = x.mean(), x.std()
    return (x - mean) / deviation, y, (held_x - mean) / deviation, held_y


class Clock:
    """When the first step was done, and how fast each epoch was."""

    def __init__(self):
        self.first_step, self.speeds, self.started = None, [], None

    def step(self):
        if self.first_step is None:
            self.first_step = time.time() - float(os.environ["STARTED"])

    def epoch(self):
        self.started = time.perf_counter()

    def epoch_done(self, samples):
        self.speeds.append(samples / (time.perf_counter() - self.started))


def train(variant, model, x, y, batch, epochs, rate, clock):
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, fused=variant in ("fused", "compile"))
    loss_of = nn.CrossEntropyLoss()
    stepping = torch.compile(model) if variant == "compile" else model
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch, shuffle=True)

    def batches():
        if variant == "loader":
            yield from loader
        else:
            order = torch.randperm(len(x))
            for rows in order.split(batch):
                yield x[rows], y[rows]

    for _ in range(epochs):
        clock.epoch()
        total, correct = torch.zeros(()), torch.zeros((), dtype=torch.int64)
        for inputs, targets in batches():
            output = stepping(inputs)
            loss = loss_of(output, targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.detach() * len(targets)
            correct += (output.argmax(1) == targets).sum()
            clock.step()
        float(total), int(correct)
        clock.epoch_done(len(x))


def train_by_lightning(model, x, y, batch, epochs, rate, clock):
    import logging
    import warnings

    warnings.filterwarnings("ignore")
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.model = model

        def training_step(self, rows, _):
            loss = nn.functional.cross_entropy(self.model(rows[0]), rows[1])
            clock.step()
            return loss

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters(), lr=rate)

        def on_train_epoch_start(self):
            clock.epoch()

        def on_train_epoch_end(self):
            clock.epoch_done(len(x))

    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch, shuffle=True)
    trainer = lightning.Trainer(
        max_epochs=epochs, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False)
    trainer.fit(Module(), loader)


def main():
    variant, name, folder, batch, epochs, rate, seed = sys.argv[1:]
    torch.manual_seed(int(seed))
    clock = Clock()
    x, y, held_x, held_y = read(folder)
    model = network(name, x[0].numel(), int(y.max()) + 1)
    if variant == "lightning":
        train_by_lightning(model, x, y, int(batch), int(epochs), float(rate), clock)
    else:
        train(variant, model, x, y, int(batch), int(epochs), float(rate), clock)
    model.eval()
    with torch.no_grad():
        output = torch.cat([model(rows) for rows in held_x.split(512)])
    print(json.dumps({
        "samples_per_second": statistics.median(clock.speeds[1:] or clock.speeds),
        "first_step_seconds": clock.first_step,
        "validation_accuracy": (output.argmax(1) == held_y).float().mean().item(),
    }))


if __name__ == "__main__":
    main()
