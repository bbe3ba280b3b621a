#!/usr/bin/env python3
"""Validation accuracy over 10 seeds, ours and torch's, as a table.

MNIST's 10,000 digits (9,000 to train on) by an MLP and LeNet; the repository's 8×8 digits and scikit-learn's breast
cancer table by an MLP, a fifth of the rows held out by the seed.

Usage: benchmarks/trainer/accuracy.py [SEEDS]
"""
import csv
import gzip
import pathlib
import statistics
import subprocess
import sys
import tempfile

import compare
import digits

CASES = {
    "MNIST-10k, mlp": ("mnist", ("mlp", 64, 0, 8)),
    "MNIST-10k, lenet": ("mnist", ("lenet", 64, 0, 4)),
    "digits, mlp": ("digits8", ("mlp", 64, 0, 20)),
    "breast cancer, mlp": ("cancer", ("mlp", 32, 0, 15)),
}
CANCER = """
from sklearn.datasets import load_breast_cancer
data = load_breast_cancer()
print(",".join(f"c{i}" for i in range(data.data.shape[1])) + ",y")
for row, label in zip(data.data, data.target):
    print(",".join(repr(float(value)) for value in row) + f",{label}")
"""


def write_tables(folder, interpreter):
    for name in ("digits8", "cancer"):
        (folder / name).mkdir()
    with gzip.open(compare.ROOT / "examples/data/digits.csv.gz", "rt") as file:
        rows = list(csv.reader(file))
    label = rows[0].index("digit")
    lines = [",".join(row[:label] + row[label + 1 :] + [row[label]]) for row in rows]
    lines[0] = ",".join(f"c{i}" for i in range(len(rows[0]) - 1)) + ",y"
    (folder / "digits8/table.csv").write_text("\n".join(lines) + "\n")
    table = subprocess.run([interpreter, "-c", CANCER], capture_output=True, text=True, check=True).stdout
    (folder / "cancer/table.csv").write_text(table)


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    compare.CACHE.mkdir(parents=True, exist_ok=True)
    interpreter = compare.python()
    rows = digits.images(compare.CACHE)
    print("| data, network | by | accuracy, mean ± deviation | worst–best |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="nomad-ml-benchmark-") as made:
        folder = pathlib.Path(made)
        digits.write_idx(folder / "mnist", rows[:9000], rows[9000:])
        write_tables(folder, interpreter)
        for name, (data, case) in CASES.items():
            source = {"format": "idx", "path": "mnist"}
            if data != "mnist":
                source = {"format": "csv", "path": f"{data}/table.csv", "label": "y", "validation_split": 0.2}
            found = {"nomad-ml": [], "torch": []}
            for seed in range(seeds):
                found["nomad-ml"].append(compare.ours(case, folder, 1, seed, data=source)["validation_accuracy"])
                found["torch"].append(
                    compare.peer("fused", case, folder, 1, seed, interpreter, data)["validation_accuracy"])
            for by, values in found.items():
                print(f"| {name} | {by} | {statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"
                      f" | {min(values):.4f}–{max(values):.4f} |", flush=True)


if __name__ == "__main__":
    main()
