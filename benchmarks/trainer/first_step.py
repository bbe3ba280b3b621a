#!/usr/bin/env python3
"""Process start → first optimizer step: our worker (class archive warm) and Python's torch, alternated.

Usage: benchmarks/trainer/first_step.py [RUNS]
"""
import pathlib
import statistics
import sys
import tempfile

import compare
import digits


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    compare.CACHE.mkdir(parents=True, exist_ok=True)
    interpreter = compare.python()
    case = ("mlp", 64, 9000, 1)
    rows = digits.images(compare.CACHE)
    with tempfile.TemporaryDirectory(prefix="nomad-ml-benchmark-") as made:
        folder = pathlib.Path(made)
        digits.write_idx(folder / "digits", rows[: case[2]], rows[9000:])
        ours, theirs = [], []
        compare.ours(case, folder, 1, 0)  # Writes the class archive.
        compare.ours(case, folder, 1, 0)
        for run in range(runs):
            ours.append(compare.ours(case, folder, 1, run, log_every_steps=1)["first_step_seconds"])
            theirs.append(compare.peer("fused", case, folder, 1, run, interpreter)["first_step_seconds"])
        for name, values in (("nomad-ml", ours), ("torch", theirs)):
            print(f"{name:9} {statistics.median(values):.2f} s ({min(values):.2f}–{max(values):.2f})")


if __name__ == "__main__":
    main()
