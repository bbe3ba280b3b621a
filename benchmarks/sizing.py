#!/usr/bin/env python3
"""How the platform's parts bear the trainings of a cluster: MLflow, the Pushgateway, Prometheus, the reconciler.

Usage: benchmarks/sizing.py     needs a running platform (./setup.sh up) that nobody else uses; it leaves runs of the
experiment "sizing" in its MLflow, and takes its groups out of the Pushgateway again.

- MLflow: log-batch requests a second by 1 and 8 connections (one worker has 15 to its database), each with the points of one epoch.
- MLflow's database and the time of one search for a job's run, after 100 and 1000 runs.
- Pushgateway: seconds and bytes of one scrape with 100 and 1000 groups of a real training's shape, and its memory.
- The reconciler (`submit-job doctor --fix`): seconds with each of these numbers of runs and groups.
"""
import concurrent.futures
import json
import http.client
import pathlib
import subprocess
import time
import urllib.parse
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS = 10
EPOCH = ["train_loss", "train_accuracy", "validation_loss", "validation_accuracy", "learning_rate", "samples_per_second", "epoch_seconds"]
GROUP = "\n".join(
    f"# TYPE {name} gauge\n{name}{labels} {value}"
    for name, labels, value in [
        ("training_epoch", "", 3), ("training_epochs", "", 20), ("training_step", "", 1200), ("training_learning_rate", "", 0.001),
        ("training_loss", '{split="train"}', 0.3), ("training_accuracy", '{split="train"}', 0.9), ("training_samples_per_second", "", 9000),
        ("training_heartbeat_timestamp_seconds", "", 1.7e9), ("training_attempt", "", 1), ("training_spool_entries", "", 0),
        ("training_cpu_seconds_total", "", 10), ("training_memory_bytes", "", 3e8), ("training_start_timestamp_seconds", "", 1.7e9),
    ]) + "\n"


def services():
    answer = subprocess.run([ROOT / "submit-job", "services", "-o", "json"], capture_output=True, text=True, check=True)
    return {each["name"]: urllib.parse.urlsplit(each["address"]).netloc for each in json.loads(answer.stdout)}


class Client:
    """One connection that stays."""

    def __init__(self, address):
        self.connection = http.client.HTTPConnection(address, timeout=60)

    def call(self, method, path, body=None):
        self.connection.request(method, path, body)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise OSError(f"{method} {path}: {answer.status} {content[:200]}")
        return content

    def mlflow(self, path, body):
        self.connection.request("POST", f"/api/2.0/mlflow/{path}", json.dumps(body), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300:
            raise OSError(f"{path}: {answer.status} {content[:200]}")
        return json.loads(content or b"{}")


def new_run(client, experiment):
    now = int(time.time() * 1000)
    job = f"sizing-{uuid.uuid4()}"
    tags = [{"key": "nomad_ml.job", "value": job}, {"key": "nomad_ml.submission_id", "value": str(uuid.uuid4())}]
    run = client.mlflow("runs/create", {"experiment_id": experiment, "start_time": now, "run_name": job, "tags": tags})["run"]["info"]["run_id"]
    return run, job


def report(client, run, epoch):
    now = int(time.time() * 1000)
    client.mlflow("runs/log-batch", {"run_id": run, "metrics": [{"key": key, "value": 0.5, "timestamp": now, "step": epoch} for key in EPOCH]})


def batches(address, experiment, connections):
    """log-batch requests a second."""
    end = time.monotonic() + SECONDS

    def one(_):
        client = Client(address)
        run, _ = new_run(client, experiment)
        done = 0
        while time.monotonic() < end:
            report(client, run, done)
            done += 1
        client.mlflow("runs/update", {"run_id": run, "status": "FINISHED"})
        return done

    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        return sum(pool.map(one, range(connections))) / SECONDS


def fill(address, experiment, number):
    """Ended runs of 20 epochs' points; returns the last one's job."""
    client, job = Client(address), ""
    for _ in range(number):
        run, job = new_run(client, experiment)
        now = int(time.time() * 1000)
        points = [{"key": key, "value": 0.5, "timestamp": now, "step": epoch} for epoch in range(20) for key in EPOCH]
        client.mlflow("runs/log-batch", {"run_id": run, "metrics": points})
        client.mlflow("runs/update", {"run_id": run, "status": "FINISHED", "end_time": now})
    return job


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def reconcile():
    # One that finds something amiss ends with another code; its time counts all the same.
    return timed(lambda: subprocess.run([ROOT / "submit-job", "doctor", "--fix"], capture_output=True, check=False))[0]


def database():
    """MiB of a SQLite of setup.sh's, if that is what MLflow keeps runs in."""
    file = ROOT / "state/platform/mlflow/mlflow.db"
    return f"{file.stat().st_size / 2**20:.1f} MiB" if file.exists() else "not SQLite"


def main():
    found = services()
    mlflow, gateway = found["mlflow"], found["pushgateway"]
    client, pushes = Client(mlflow), Client(gateway)
    experiment = client.mlflow("experiments/create", {"name": f"sizing {uuid.uuid4()}"})["experiment_id"]
    for connections in (1, 8):
        print(f"MLflow, {connections} connections: {batches(mlflow, experiment, connections):.0f} log-batch requests a second", flush=True)
    client = Client(mlflow)  # the one before was closed for its silence
    print(f"with nothing of this: database {database()}, reconciler {reconcile():.2f} s", flush=True)
    total, groups = 0, 0
    try:
        for number in (100, 1000):
            job = fill(mlflow, experiment, number - total)
            total = number
            client, pushes = Client(mlflow), Client(gateway)
            search = {"experiment_ids": [experiment], "filter": f"tags.`nomad_ml.job` = '{job}'"}
            seconds = min(timed(lambda: client.mlflow("runs/search", search))[0] for _ in range(5))
            print(f"{number} runs: database {database()}, search for one {seconds * 1000:.0f} ms, reconciler {reconcile():.2f} s", flush=True)
            while groups < number:
                pushes.call("PUT", f"/metrics/job/sizing/run_id/{groups:032x}", GROUP)
                groups += 1
            seconds, content = min((timed(lambda: pushes.call("GET", "/metrics")) for _ in range(5)), key=lambda each: each[0])
            print(f"{number} groups: a scrape takes {seconds * 1000:.0f} ms and {len(content) / 2**20:.2f} MiB, reconciler {reconcile():.2f} s", flush=True)
    finally:
        for group in range(groups):
            pushes.call("DELETE", f"/metrics/job/sizing/run_id/{group:032x}")


main()
