#!/usr/bin/env python3
"""What a point every step and a checkpoint every epoch cost: samples a second with and without, alternated.

Usage: benchmarks/trainer/overhead.py [RUNS] [CASE]     CASE is one of compare.py's, lenet-32 by default
The worker alone; its points go to a file as they would go to the supervisor.
"""
import pathlib
import statistics
import sys
import tempfile

import compare
import digits


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    case = compare.CASES[sys.argv[2] if len(sys.argv) > 2 else "lenet-32"]
    compare.CACHE.mkdir(parents=True, exist_ok=True)
    rows = digits.images(compare.CACHE)
    variants = {
        "bare": {}, "a point every step": {"log_every_steps": 1},
        "a checkpoint every epoch": {"checkpoint": {"every_epochs": 1}}}
    wall = {name: [] for name in variants}
    with tempfile.TemporaryDirectory(prefix="nomad-ml-benchmark-") as made:
        folder = pathlib.Path(made)
        digits.write_idx(folder / "digits", rows[: case[2]], rows[9000:])
        longer = (*case[:3], case[3] * 3)
        for run in range(runs):
            for name, train in variants.items():
                wall[name].append(compare.ours(longer, folder, 1, run, **train)["wall_seconds"])
    bare = statistics.median(wall["bare"])
    for name, values in wall.items():
        middle = statistics.median(values)
        print(f"{name:26} wall {middle:.2f} s ({min(values):.2f}–{max(values):.2f})  {100 * (middle / bare - 1):+.1f} %")


if __name__ == "__main__":
    main()
