#!/usr/bin/env python3
"""Submit → first metric in MLflow, by submit-job and by a bare `nomad job run` of the same rendered job, alternated.

Usage: benchmarks/first_metric.py [RUNS]    needs a cluster: ./setup.sh up, and its addresses in the environment.
The bare job is what `submit-job render` prints, given an id of its own; its run and its input are made before the clock starts.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

ROOT = pathlib.Path(__file__).resolve().parent.parent
JOB = ROOT / "examples/digits.yaml"
INPUT = "data/digits.csv.gz"
DEADLINE = 180


def server(name):
    line = subprocess.run([ROOT / "tools/install", "--paths", "--only", name], capture_output=True, text=True, check=True)
    return str(pathlib.Path(line.stdout.strip().split("=", 1)[1]) / name)


def mlflow_address():
    services = subprocess.run([ROOT / "submit-job", "services", "-o", "json"], capture_output=True, text=True, check=True)
    return next(service["address"] for service in json.loads(services.stdout) if service["name"] == "mlflow")


def post(address, path, body):
    request = urllib.request.Request(
        f"{address}/api/2.0/mlflow/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=10))


def wait_for_metric(address, experiment, submission):
    """Returns when the run of this submission has its first training loss."""
    end = time.monotonic() + DEADLINE
    wanted = f"tags.`nomad_ml.submission_id` = '{submission}'"
    while time.monotonic() < end:
        found = post(address, "runs/search", {"experiment_ids": [experiment], "filter": wanted}).get("runs", [])
        keys = {metric["key"] for run in found for metric in run["data"].get("metrics", [])}
        if "train_loss" in keys:
            return
        time.sleep(0.05)
    sys.exit(f"no metric within {DEADLINE} s for submission {submission}")


def experiment_id(address, name):
    with urllib.request.urlopen(f"{address}/api/2.0/mlflow/experiments/get-by-name?experiment_name={name}", timeout=10) as reply:
        return json.load(reply)["experiment"]["experiment_id"]


def by_submit_job(address):
    start = time.perf_counter()
    done = subprocess.run([ROOT / "submit-job", JOB, "--detach", "-o", "json"], capture_output=True, text=True, check=True)
    result = json.loads(done.stdout)
    wait_for_metric(address, experiment_id(address, "digits"), result["submission_id"])
    return time.perf_counter() - start


def make_run(address, experiment, submission):
    """The run of a bare job, with the input its trainer fetches from it."""
    tags = [{"key": "nomad_ml.submission_id", "value": submission}]
    run = post(address, "runs/create", {"experiment_id": experiment, "tags": tags})["run"]["info"]["run_id"]
    put = urllib.request.Request(
        f"{address}/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/inputs/{INPUT}",
        (JOB.parent / INPUT).read_bytes(), {"Content-Type": "application/octet-stream"}, method="PUT")
    urllib.request.urlopen(put, timeout=10).close()


def by_nomad(address, rendered, nomad):
    submission = uuid.uuid4().hex
    experiment = experiment_id(address, "digits")
    make_run(address, experiment, submission)
    text = json.dumps(rendered).replace(rendered["Job"]["Meta"]["nomad_ml_submission_id"], submission)
    job = json.loads(text)
    job["Job"]["ID"] = job["Job"]["Name"] = f"bare-{submission[:8]}"
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(job, file)
        file.flush()
        start = time.perf_counter()
        subprocess.run([nomad, "job", "run", "-json", "-detach", file.name], capture_output=True, check=True)
        wait_for_metric(address, experiment, submission)
        return time.perf_counter() - start


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    address, nomad = mlflow_address(), server("nomad")
    rendered = json.loads(subprocess.run([ROOT / "submit-job", "render", JOB], capture_output=True, text=True, check=True).stdout)
    by_submit_job(address)  # warm: archives, experiment
    ours, bare = [], []
    for _ in range(runs):
        ours.append(by_submit_job(address))
        bare.append(by_nomad(address, rendered, nomad))
    load = os.getloadavg()[0]
    print(f"{runs} alternated runs, load {load:.1f}; seconds: median (min–max)")
    for name, values in (("submit-job", ours), ("nomad job run", bare)):
        print(f"{name:14} {statistics.median(values):5.1f} ({min(values):.1f}–{max(values):.1f})")


if __name__ == "__main__":
    main()
