#!/usr/bin/env python3
"""Validation accuracy over 10 seeds, ours and torch's: MNIST's 10,000 digits (MLP and LeNet), 9,000 to train on.

Usage: benchmarks/trainer/accuracy.py [SEEDS]
"""
import pathlib
import statistics
import sys
import tempfile

import compare
import digits

CASES = {"mlp": ("mlp", 64, 9000, 8), "lenet": ("lenet", 64, 9000, 4)}


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    compare.CACHE.mkdir(parents=True, exist_ok=True)
    interpreter = compare.python()
    rows = digits.images(compare.CACHE)
    print("| network | by | accuracy, mean ± deviation | worst–best |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="nomad-ml-benchmark-") as made:
        folder = pathlib.Path(made)
        digits.write_idx(folder / "digits", rows[:9000], rows[9000:])
        for name, case in CASES.items():
            found = {"nomad-ml": [], "torch": []}
            for seed in range(seeds):
                found["nomad-ml"].append(compare.ours(case, folder, 1, seed)["validation_accuracy"])
                found["torch"].append(compare.peer("fused", case, folder, 1, seed, interpreter)["validation_accuracy"])
            for by, values in found.items():
                print(f"| {name} | {by} | {statistics.mean(values):.4f} ± {statistics.stdev(values):.4f}"
                      f" | {min(values):.4f}–{max(values):.4f} |")


if __name__ == "__main__":
    main()
