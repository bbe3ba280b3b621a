#!/usr/bin/env python3
"""Start-up of submit-job beside nomad on the same cluster: alternated runs, medians with spread.

Usage: benchmarks/start_up.py [RUNS]      needs NOMAD_ADDR (or a running ./setup.sh up) and nomad on PATH or by tools/install.
"""
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def server(name):
    line = subprocess.run([ROOT / "tools/install", "--paths", "--only", name], capture_output=True, text=True, check=True)
    return str(pathlib.Path(line.stdout.strip().split("=", 1)[1]) / name)


def timed(command):
    """Wall and CPU milliseconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1000, cpu * 1000


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    ours, nomad = str(ROOT / "submit-job"), server("nomad")
    commands = {
        "submit-job --version": [ours, "--version"],
        "nomad version": [nomad, "version"],
        "submit-job status": [ours, "status"],
        "nomad job status": [nomad, "job", "status"],
    }
    for command in commands.values():  # warm: the class archive is made on first use
        for _ in range(2):
            timed(command)
    taken = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            taken[name].append(timed(command))
    load = open("/proc/loadavg").read().split()[0]
    print(f"{runs} alternated runs, load {load}; milliseconds: median (min–max), CPU median")
    for name, values in taken.items():
        wall = [value[0] for value in values]
        cpu = statistics.median(value[1] for value in values)
        print(f"{name:22} {statistics.median(wall):6.0f} ({min(wall):.0f}–{max(wall):.0f})  CPU {cpu:.0f}")


if __name__ == "__main__":
    main()
