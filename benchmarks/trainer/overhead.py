#!/usr/bin/env python3
"""What tracking and checkpoints cost: samples a second with and without them, alternated.

Usage: benchmarks/trainer/overhead.py [RUNS] [CASE]     CASE is one of compare.py's, lenet-32 by default
First the worker alone, its points going to a file as they would go to the supervisor; then the whole of a local job,
untracked, and with a point every step sent to a real MLflow and Pushgateway on this machine.
Throughput is that of all epochs but the first, whatever happens between them included: the process's start is not in it.
"""
import csv
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import compare
import digits

WORKER = {
    "worker: bare": {}, "worker: a point every step": {"log_every_steps": 1},
    "worker: a checkpoint every epoch": {"checkpoint": {"every_epochs": 1}}}
LONGER = 3


def throughput(rows, ends):
    """Samples a second between the first epoch's end and the last one's; milliseconds given."""
    return rows * (len(ends) - 1) / (ends[-1] - ends[0]) * 1000


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def server(name):
    found = subprocess.run([compare.ROOT / "tools/install", "--paths", "--only", name], capture_output=True, text=True)
    if found.returncode:
        sys.exit(f"{found.stderr}hint: tools/install --only {name}")
    return found.stdout.strip().split("=", 1)[1] + "/" + name


def await_answer(address, process):
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    sys.exit(f"nothing answers at {address}")


def start_servers(folder):
    """A real MLflow and Pushgateway: their processes, and what a job finds them by."""
    mlflow, gauges = free_port(), free_port()
    commands = {
        mlflow: [server("mlflow"), "server", "--host", "127.0.0.1", "--port", str(mlflow), "--workers", "1",
                 "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", f"{folder}/artifacts"],
        gauges: [server("pushgateway"), f"--web.listen-address=127.0.0.1:{gauges}"]}
    with open(folder / "servers.log", "w") as log:
        processes = [subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, start_new_session=True) for command in commands.values()]
    for port, path, process in ((mlflow, "health", processes[0]), (gauges, "-/ready", processes[1])):
        await_answer(f"http://127.0.0.1:{port}/{path}", process)
    return processes, {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{mlflow}", "NOMAD_ML_PUSHGATEWAY": f"http://127.0.0.1:{gauges}"}


def local_job(case, folder, seed, addresses):
    """Throughput of a job by submit-job, supervisor and all."""
    work = pathlib.Path(tempfile.mkdtemp(dir=folder))
    model, batch, _, epochs = case
    compare.job(model, folder / "digits", batch, epochs, seed, log_every_steps=1 if addresses else 0)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("NOMAD_", "CONSUL_", "MLFLOW_"))}
    environment |= {**addresses, "OMP_NUM_THREADS": "1", "NOMAD_ML_STATE": str(work)}
    done = subprocess.run([compare.ROOT / "submit-job", folder / "job.yaml"], env=environment, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    [log] = work.glob("**/metrics.csv")
    with open(log) as lines:
        ends = [int(line["timestamp"]) for line in csv.DictReader(lines) if line["key"] == "train_loss"]
    shutil.rmtree(work)
    return throughput(case[2], ends)


def show(speeds, walls, names):
    bare = statistics.median(speeds[names[0]])
    for name in names:
        middle = statistics.median(speeds[name])
        wall = f"  wall {statistics.median(walls[name]):.2f} s" if name in walls else ""
        print(f"{name:32} {middle:8.0f} /s ({min(speeds[name]):.0f}–{max(speeds[name]):.0f})  costs {100 * (bare / middle - 1):+.1f} %{wall}")


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    case = compare.CASES[sys.argv[2] if len(sys.argv) > 2 else "lenet-32"]
    case = (*case[:3], case[3] * LONGER)
    compare.CACHE.mkdir(parents=True, exist_ok=True)
    rows = digits.images(compare.CACHE)
    with tempfile.TemporaryDirectory(prefix="nomad-ml-benchmark-") as made:
        folder = pathlib.Path(made)
        digits.write_idx(folder / "digits", rows[: case[2]], rows[9000:])
        speeds, walls = {}, {}
        for run in range(runs):
            for name, train in WORKER.items():
                figures = compare.ours(case, folder, 1, run, **train)
                speeds.setdefault(name, []).append(throughput(case[2], figures["epoch_ends"]))
                walls.setdefault(name, []).append(figures["wall_seconds"])
        show(speeds, walls, list(WORKER))
        processes, addresses = start_servers(folder)
        try:
            jobs = {"local job: untracked": {}, "local job: a point every step": addresses}
            for run in range(runs):
                for name, given in jobs.items():
                    speeds.setdefault(name, []).append(local_job(case, folder, run, given))
        finally:
            for process in processes:
                process.terminate()
                process.wait()
        show(speeds, walls, list(jobs))


if __name__ == "__main__":
    main()
