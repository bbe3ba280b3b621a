#!/usr/bin/env python3
"""Our trainer beside PyTorch's loops and Lightning: the same digits, network, batch, optimizer and threads, in turn.

Usage: benchmarks/trainer/compare.py [--repetitions 5] [--threads 1,2] [--cases mlp-64,lenet-32] [--variants ours,fused]
Writes docs/benchmarks.json, from which report.py draws the tables and the plot of docs/benchmarks.md.
The peers live in a virtual environment below ~/.cache/nomad-ml, made at the first call (some 5 GB, a minute).
"""
import argparse
import hashlib
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import digits

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "nomad-ml/benchmarks"
# model, batch, training rows, epochs
CASES = {
    "mlp-64": ("mlp", 64, 9000, 6),
    "mlp-256": ("mlp", 256, 9000, 8),
    "lenet-32": ("lenet", 32, 9000, 4),
    "lenet-128": ("lenet", 128, 9000, 4),
    "resnet18-32": ("resnet18", 32, 256, 2),
    "resnet18-128": ("resnet18", 128, 256, 2),
}
VARIANTS = ["ours", "loader", "slices", "fused", "compile", "lightning"]
RATE = 1e-3


def python():
    """A Python that has the peers."""
    wanted = (HERE / "requirements.txt").read_bytes()
    home = CACHE / f"python-{hashlib.sha256(wanted).hexdigest()[:12]}"
    if not (home / "done").exists():
        print(f"installing the peers into {home} …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run([home / "bin/pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
        (home / "done").touch()
    return home / "bin/python"


def job(model, folder, batch, epochs, seed, **train):
    """The resolved job file of the same training, as the supervisor would give it to its worker."""
    fields = {
        "data": {"format": "idx", "path": folder.name}, "model": {"type": model},
        "optimizer": {"type": "adam", "learning_rate": RATE}, "epochs": epochs, "batch_size": batch,
        "checkpoint": {"every_epochs": epochs}, "seed": seed, "device": "cpu", **train}
    if model == "mlp":
        fields["model"]["hidden"] = [128, 64]
    file = folder.parent / "job.yaml"
    file.write_text(json.dumps({"name": "benchmark", "train": fields}))  # JSON is YAML.
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("NOMAD_", "CONSUL_", "MLFLOW_"))}
    shown = subprocess.run([ROOT / "submit-job", "render", file], capture_output=True, text=True, env=environment)
    if shown.returncode:
        sys.exit(shown.stderr)
    resolved = folder.parent / "job.json"
    resolved.write_text(json.dumps(json.loads(shown.stdout)["job"]))
    return resolved


def measure(command, threads, folder):
    """Runs to the end: its stdout with wall, CPU time and peak memory."""
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "STARTED": repr(time.time())}
    # The same libraries' thread pools, whoever calls them.
    environment["MKL_NUM_THREADS"] = str(threads)
    with open(folder / "stdout", "w+") as out, open(folder / "stderr", "w+") as err:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=err, env=environment, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        if status:
            err.seek(0), out.seek(0)
            sys.exit(f"{command[0]} failed:\n{out.read()[-2000:]}\n{err.read()[-2000:]}")
        out.seek(0)
        return out.read(), {
            "wall_seconds": wall, "cpu_seconds": usage.ru_utime + usage.ru_stime, "peak_mib": usage.ru_maxrss / 1024,
            "started": float(environment["STARTED"])}


def ours(case, folder, threads, seed, **train):
    model, batch, _, epochs = case
    work = pathlib.Path(tempfile.mkdtemp(dir=folder))
    command = [ROOT / "trainer/target/trainer/bin/trainer", "train", "--job-file", job(model, folder / "digits", batch, epochs, seed, **train),
               "--data-folder", folder, "--checkpoints", work / "checkpoints", "--model-folder", work / "model"]
    printed, figures = measure(command, threads, work)
    lines = [json.loads(line) for line in printed.splitlines()]
    speeds = [line["metrics"]["samples_per_second"] for line in lines if line["nomad_ml"] == "epoch"]
    steps = [line["timestamp"] for line in lines if line["nomad_ml"] == "step"]
    shutil.rmtree(work)
    figures["samples_per_second"] = statistics.median(speeds[1:] or speeds)
    figures["epoch_ends"] = [line["timestamp"] for line in lines if line["nomad_ml"] == "epoch"]
    if steps:
        figures["first_step_seconds"] = steps[0] / 1000 - figures["started"]
    figures["validation_accuracy"] = next(line["metrics"]["validation_accuracy"] for line in reversed(lines) if line["nomad_ml"] == "epoch")
    return figures


def peer(variant, case, folder, threads, seed, interpreter, data="digits"):
    model, batch, _, epochs = case
    printed, figures = measure(
        [interpreter, HERE / "torch_loop.py", variant, model, folder / data, str(batch), str(epochs), str(RATE), str(seed)],
        threads, folder)
    figures.update(json.loads(printed.splitlines()[-1]))
    return figures


def run(names, variants, threads, repetitions):
    CACHE.mkdir(parents=True, exist_ok=True)
    interpreter = python() if set(variants) - {"ours"} else None
    rows = digits.images(CACHE)
    results = []
    for name in names:
        case = CASES[name]
        with tempfile.TemporaryDirectory(prefix="nomad-ml-benchmark-") as made:
            folder = pathlib.Path(made)
            digits.write_idx(folder / "digits", rows[: case[2]], rows[9000 : 9000 + min(1000, case[2] // 4)])
            for count in threads:
                for repetition in range(repetitions):
                    for variant in variants:
                        figures = (ours(case, folder, count, repetition) if variant == "ours"
                                   else peer(variant, case, folder, count, repetition, interpreter))
                        figures = {key: value for key, value in figures.items() if key not in ("started", "epoch_ends")}
                        results.append({"case": name, "threads": count, "variant": variant, "repetition": repetition, **figures})
                        print(f"{name:13} {count} threads  {variant:10} {figures['samples_per_second']:9.0f} /s"
                              f"  wall {figures['wall_seconds']:5.1f} s  CPU {figures['cpu_seconds']:5.1f} s"
                              f"  peak {figures['peak_mib']:5.0f} MiB", file=sys.stderr)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--variants", default=",".join(VARIANTS))
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs/benchmarks.json")
    given = parser.parse_args()
    results = run(given.cases.split(","), given.variants.split(","), [int(n) for n in given.threads.split(",")], given.repetitions)
    given.output.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
