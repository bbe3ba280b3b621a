#!/usr/bin/env python3
"""Our model server beside MLflow's and others: the same TorchScript, machine, load generator and request, in turn.

Usage: benchmarks/serving/compare.py [--quick] [--repetitions 3] [--seconds 3] [--connections 1,8,64]
                                     [--models mlp,lenet] [--servers ours,mlflow,…] [--output FILE.json] [--keep-logs FOLDER]

Needs wrk (apt-get install wrk), npm (the digits), and `mvn package -pl serving,trainer,scheduler -am`.
Both models are trained by our trainer first. Each server is started alone, must give the network's own answers, is warmed,
and is then loaded by wrk; the next repetition takes them in another order. Ratios are of one repetition's figures.
The peers live in virtual environments below ~/.cache/nomad-ml, made at the first call.
Prints the tables in Markdown; ends with 1 when a server answers wrongly, or ours not at all.
"""
import argparse
import asyncio
import csv
import gzip
import hashlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.append(str(ROOT / "benchmarks/trainer"))
import digits  # noqa: E402

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "nomad-ml/benchmarks"
# Answers are float32 that went through JSON, of batches of another size than the network's own.
TOLERANCE = 1e-5
WARM_UP_SECONDS = (3, 10)


def environment(name):
    """The bin folder of a virtual environment with a peer, which sees MLflow and torch of tools/install too."""
    pins = (HERE / f"requirements-{name}.txt").read_bytes()
    lines = subprocess.run([ROOT / "tools/install", "--only", "mlflow,torch"], check=True, capture_output=True, text=True).stdout
    folders = dict(line.split("=", 1) for line in lines.split())
    shared = ["torch", "mlflow"] if name.startswith("mlflow") else ["torch"]
    seen = "".join(f"{next(pathlib.Path(folders[each]).parent.glob('lib/python3*/site-packages'))}\n" for each in shared)
    home = CACHE / f"serving-{name}-{hashlib.sha256(pins + seen.encode()).hexdigest()[:12]}"
    if not (home / "done").exists():
        print(f"installing {name} into {home} …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        subprocess.run([home / "bin/pip", "install", "-q", "-r", HERE / f"requirements-{name}.txt"], check=True)
        next(home.glob("lib/python3*/site-packages")).joinpath("shared.pth").write_text(seen)
        (home / "done").touch()
    return home / "bin"


class Model:
    """One of our trainer's models, and what is asked of it."""

    def __init__(self, name, folder):
        self.name, self.trained, self.made = name, folder / "trained", folder / "made"
        self.made.mkdir(parents=True)
        job, raw, rows = getattr(self, name)(folder)
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("NOMAD_", "CONSUL_", "MLFLOW_"))}
        (folder / "job.yaml").write_text(json.dumps({"name": name, "train": job}))  # JSON is YAML.
        shown = subprocess.run([ROOT / "submit-job", "render", folder / "job.yaml"], capture_output=True, text=True, env=environ)
        if shown.returncode:
            sys.exit(shown.stderr)
        (folder / "job.json").write_text(json.dumps(json.loads(shown.stdout)["job"]))
        # It ends when its stdin does.
        trainer = subprocess.Popen(
            [ROOT / "trainer/target/trainer/bin/trainer", "train", "--job-file", folder / "job.json", "--data-folder", folder,
             "--checkpoints", folder / "checkpoints", "--model-folder", self.trained],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env={**environ, "OMP_NUM_THREADS": "1"})
        if trainer.wait():
            sys.exit(f"training {name} failed with {trainer.returncode}")
        (folder / "rows.json").write_text(json.dumps(rows))
        subprocess.run([environment("mlflow") / "python", HERE / "prepare.py", self.trained, folder / "rows.json", self.made], check=True)
        self.answers = json.loads((self.made / "answers.json").read_text())
        self.rows, self.raw = rows, raw

    def mlp(self, folder):
        shutil.copy(ROOT / "examples/data/digits.csv.gz", folder)
        with gzip.open(folder / "digits.csv.gz", "rt") as file:
            examples = list(itertools.islice(csv.DictReader(file), 8))
        columns = [column for column in examples[0] if column != "digit"]
        rows = [[float(example[column]) for column in columns] for example in examples]
        job = {"data": {"format": "csv", "path": "digits.csv.gz", "label": "digit"}, "model": {"type": "mlp", "hidden": [128, 64]},
               "optimizer": {"type": "adam", "learning_rate": 1e-3}, "epochs": 10, "batch_size": 64, "seed": 1, "device": "cpu"}
        return job, lambda some: {"dataframe_split": {"columns": columns, "data": some}}, rows

    def lenet(self, folder):
        images = digits.images(CACHE)
        digits.write_idx(folder / "digits", images[:4000], images[4000:4500])
        rows = [[[list(image[28 * y : 28 * y + 28]) for y in range(28)]] for _, image in images[4000:4008]]
        job = {"data": {"format": "idx", "path": "digits"}, "model": {"type": "lenet"}, "optimizer": {"type": "adam", "learning_rate": 1e-3},
               "epochs": 1, "batch_size": 64, "seed": 1, "device": "cpu"}
        return job, lambda some: {"inputs": some}, rows


class Server:
    """How a server is started, asked and understood."""

    def __init__(self, name, label, command, path="/invocations", health="/ping", body=None, read=None, environ=None):
        self.name, self.label, self.command, self.path, self.health = name, label, command, path, health
        self.body = body or (lambda model, rows: {"inputs": rows})
        self.read = read or (lambda answer: answer["predictions"])
        self.environ = environ or (lambda model, port: {})


def ours(folder, *options):
    return lambda model, port, work: [
        ROOT / "serving/target/serving/bin/serving", "--model", folder(model), "--port", port, "--access-log", work / "access.log", *options]


def mlflow(name, folder, *options):
    return lambda model, port, work: [
        environment(name) / "python", "-m", "mlflow", "models", "serve", "-m", folder(model), "-p", port, "--env-manager", "local", *options]


def with_path(name):
    return lambda model, port: {"PATH": f"{environment(name)}:{os.environ['PATH']}"}


def mlserver(model, port, work):
    (work / "settings.json").write_text(json.dumps({
        "host": "127.0.0.1", "http_port": port, "grpc_port": free_port(), "metrics_port": free_port(), "parallel_workers": 0, "debug": False}))
    (work / "model-settings.json").write_text(json.dumps({
        "name": "network", "implementation": "mlserver_runtime.Network", "max_batch_size": 64, "max_batch_time": 0.001,
        "parameters": {"uri": str(model.made / "network.pt")}}))
    return [environment("mlserver") / "mlserver", "start", work]


def v2(model, rows):
    flat = [*rows]
    shape = []
    level = rows
    while isinstance(level, list):
        shape.append(len(level))
        level = level[0]
    for _ in shape[1:]:
        flat = [value for each in flat for value in each]
    return {"inputs": [{"name": "input", "shape": shape, "datatype": "FP32", "data": flat}]}


def read_v2(answer):
    output = answer["outputs"][0]
    width = output["shape"][-1]
    return [output["data"][i : i + width] for i in range(0, len(output["data"]), width)]


ONE_THREAD = {"OMP_NUM_THREADS": "1"}
SERVERS = {server.name: server for server in [
    Server("ours", "ours, the tensor model", ours(lambda model: model.made / "model")),
    Server("ours-trained", "ours, the trainer's own model", ours(lambda model: model.trained), body=lambda model, rows: model.raw(rows)),
    Server("mlflow", "MLflow, best: 2 workers, tensor signature, uvloop, httptools",
           mlflow("mlflow", lambda model: model.made / "model", "--workers", "2"),
           environ=lambda model, port: {**with_path("mlflow")(model, port), **ONE_THREAD}),
    Server("mlflow-default", "MLflow, as it comes: 1 worker, the trainer's own model",
           mlflow("mlflow-default", lambda model: model.trained), body=lambda model, rows: model.raw(rows), environ=with_path("mlflow-default")),
    Server("litserve", "LitServe 0.2.19", lambda model, port, work: [
        environment("litserve") / "python", HERE / "peers/serve_litserve.py", model.made / "network.pt", port, 1, 64],
        health="/health", environ=lambda model, port: ONE_THREAD),
    Server("mlserver", "MLServer 1.7.1", mlserver, path="/v2/models/network/infer", health="/v2/health/ready", body=v2, read=read_v2,
           environ=lambda model, port: {**ONE_THREAD, "PYTHONPATH": str(HERE / "peers")}),
    Server("bentoml", "BentoML 1.4.39", lambda model, port, work: [
        environment("bentoml") / "bentoml", "serve", "bentoml_service:Network", "--host", "127.0.0.1", "--port", port, "--working-dir", HERE / "peers"],
        health="/readyz", read=lambda answer: answer,
        environ=lambda model, port: {**ONE_THREAD, "MODEL": str(model.made / "network.pt"), "WORKERS": "1", "BENTOML_DO_NOT_TRACK": "1"}),
]}


def free_port():
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return some.getsockname()[1]


def ask(url, body=None, timeout=30):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, {"Content-Type": "application/json"}), timeout=timeout) as answer:
        return answer.read()


def family(root):
    """A process and all below it."""
    children = {}
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            children.setdefault(int(stat.read_text().rsplit(")", 1)[1].split()[1]), []).append(int(stat.parent.name))
        except OSError:
            pass  # It has just ended.
    found = [root]
    for process in found:
        found += children.get(process, [])
    return found


def resident_mib(root):
    """Memory of the family, shared pages counted once."""
    total = 0
    for process in family(root):
        try:
            text = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:")))
    return total / 1024


def processor_seconds(root):
    """What the family has used; hardly moved by what else runs on the machine, unlike the rates."""
    ticks = 0
    for process in family(root):
        try:
            fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


class Running:
    """A server that was started here, until the block ends."""

    def __init__(self, server, model, work):
        self.server, self.model, self.work = server, model, work
        self.port = free_port()

    def __enter__(self):
        self.work.mkdir(parents=True, exist_ok=True)
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("NOMAD_", "CONSUL_", "MLFLOW_"))}
        environ.update(self.server.environ(self.model, self.port))
        command = [str(part) for part in self.server.command(self.model, self.port, self.work)]
        begin = time.perf_counter()
        with open(self.work / "log", "w") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=environ, cwd=self.work, start_new_session=True)
        self.url = f"http://127.0.0.1:{self.port}"
        try:
            while True:
                try:
                    ask(self.url + self.server.health, timeout=5)
                    break
                except OSError:
                    if self.process.poll() is not None or time.perf_counter() - begin > 90:
                        sys.exit(f"{self.server.label} does not start:\n{(self.work / 'log').read_text()[-3000:]}")
                    time.sleep(0.05)
        except BaseException:
            self.__exit__()
            raise
        self.start_seconds = time.perf_counter() - begin
        self.peak_mib = 0.0
        self.done = threading.Event()
        self.watcher = threading.Thread(target=self.watch)
        self.watcher.start()
        return self

    def watch(self):
        while True:
            self.peak_mib = max(self.peak_mib, resident_mib(self.process.pid))
            if self.done.wait(1):
                return

    def __exit__(self, *_):
        if hasattr(self, "done"):
            self.done.set()
            self.watcher.join()
        left = family(self.process.pid)
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        for process in left:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()

    def check(self):
        """Its answers are the network's own."""
        for rows in (slice(0, 1), slice(0, 8)):
            given = self.server.read(json.loads(ask(self.url + self.server.path, self.server.body(self.model, self.model.rows[rows]))))
            wanted = self.model.answers[rows]
            worst = max(abs(a - b) for one, other in zip(given, wanted, strict=True) for a, b in zip(one, other, strict=True))
            if not worst <= TOLERANCE:
                sys.exit(f"{self.server.label} answers {self.model.name} wrongly: off by {worst}\n{given}\n{wanted}")

    def warm(self):
        """Until two seconds in a row bring nothing: Java compiles for some ten thousand requests, Python is as quick as it gets."""
        least, most = WARM_UP_SECONDS
        best, idle = 0, 0
        for second in range(most):
            rate = self.load(8, 1)["rate"]
            idle = 0 if rate > 1.05 * best else idle + 1
            best = max(best, rate)
            if second + 1 >= least and idle == 2:
                return

    def load(self, connections, seconds):
        """One point: what wrk saw."""
        body = self.work / "body.json"
        body.write_text(json.dumps(self.server.body(self.model, self.model.rows[:1])))
        before = processor_seconds(self.process.pid)
        shown = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", HERE / "post.lua", self.url + self.server.path, "--", body],
            capture_output=True, text=True)
        if shown.returncode:
            sys.exit(f"wrk failed: {shown.stderr or shown.stdout}")
        point = json.loads(shown.stdout.splitlines()[-1])
        point["processor"] = (processor_seconds(self.process.pid) - before) / max(1, point["requests"]) * 1e6
        return point


async def flood(port, path, body, connections, each):
    """Sends this many requests by each connection at once; what came back, by status. Nothing may be missing."""
    counted = {}
    request = (f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body

    async def one():
        reader = writer = None
        for _ in range(each):
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(request)
                head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)).decode().lower()
                await reader.readexactly(int(head.split("content-length:")[1].split("\r\n")[0]))
                outcome = head.split()[1]
                if outcome == "429" and "retry-after:" not in head:
                    outcome = "429 without Retry-After"
            except (OSError, EOFError, asyncio.TimeoutError) as failure:
                outcome = type(failure).__name__
                writer = None
            counted[outcome] = counted.get(outcome, 0) + 1
        if writer:
            writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    return counted


def overload(model, work, connections=256, each=100):
    server = Server("overload", "ours", ours(lambda model: model.made / "model", "--queue", "16", "--max-batch", "4"))
    with Running(server, model, work) as running:
        body = json.dumps({"inputs": model.rows[:1]}).encode()
        begin = time.perf_counter()
        counted = asyncio.run(flood(running.port, server.path, body, connections, each))
        seconds = time.perf_counter() - begin
        metrics = ask(running.url + "/metrics").decode()
    told = {code: 0 for code in counted}
    for line in metrics.splitlines():
        if line.startswith("serving_requests_total{") and 'protocol="invocations"' in line:
            code = line.split('code="')[1].split('"')[0]
            told[code] = told.get(code, 0) + int(float(line.rsplit(" ", 1)[1]))
    return {"model": model.name, "connections": connections, "sent": connections * each, "answers": counted, "server_counted": told, "seconds": seconds}


def measure(models, servers, connections, repetitions, seconds, folder):
    results = []
    for repetition in range(repetitions):
        for model in models:
            order = servers[repetition % len(servers):] + servers[: repetition % len(servers)]
            for server in order if repetition % 2 == 0 else reversed(order):
                with Running(server, model, folder / f"{model.name}-{server.name}-{repetition}") as running:
                    running.check()
                    running.warm()
                    points = {count: running.load(count, seconds) for count in connections}
                    results.append({"repetition": repetition, "model": model.name, "server": server.name, "start_seconds": running.start_seconds,
                                    "peak_mib": running.peak_mib, "points": points})
                shown = "  ".join(f"{count}: {point['rate']:7.0f}/s p99 {point['p99']:7.2f} ms {point['errors'] or ''}" for count, point in points.items())
                print(f"{repetition} {model.name:6} {server.name:15} {shown}  {results[-1]['peak_mib']:.0f} MiB", file=sys.stderr)
    return results


def spread(values, digits=0):
    values = list(values)
    middle, low, high = (f"{value:,.{digits}f}" for value in (statistics.median(values), min(values), max(values)))
    return middle if len(values) == 1 else f"{middle} ({low}–{high})"


class Results:
    """The figures of one model, by server, in the order of the repetitions."""

    def __init__(self, results, model):
        self.of = {}
        for each in results:
            if each["model"] == model:
                self.of.setdefault(each["server"], []).append(each)

    def points(self, server, count):
        return [each["points"][count] for each in self.of[server]]

    def ratios(self, server, count):
        """How many times the requests of a peer ours answered beside it, with the same model folder and body where there is one."""
        base = "ours-trained" if server == "mlflow-default" else "ours"
        if base not in self.of or server.startswith("ours"):
            return []
        return [mine["rate"] / its["rate"] for mine, its in zip(self.points(base, count), self.points(server, count))]

    def table(self, connections):
        print("| server | " + " | ".join(f"{c}: requests/s | p50 / p99 ms | ours ÷ it" for c in connections)
              + " | processor µs a request | errors | peak MiB | start s |")
        print("|---" * (1 + 3 * len(connections) + 4) + "|")
        for server, runs in self.of.items():
            cells = []
            for count in connections:
                points, ratios = self.points(server, count), self.ratios(server, count)
                cells += [spread(point["rate"] for point in points),
                          f"{spread((point['p50'] for point in points), 2)} / {spread((point['p99'] for point in points), 2)}",
                          f"{spread(ratios, 1)}×" if ratios else ""]
            cells.append(" / ".join(f"{statistics.median(p['processor'] for p in self.points(server, c)):,.0f}" for c in connections))
            cells.append(str(sum(point["errors"] for run in runs for point in run["points"].values())))
            cells.append(spread(run["peak_mib"] for run in runs))
            cells.append(spread((run["start_seconds"] for run in runs), 1))
            print(f"| {SERVERS[server].label} | " + " | ".join(cells) + " |")

    def goals(self, connections):
        """What was aimed at, and whether it was met; nothing fails for it, machines differ."""
        for server in self.of:
            if server.startswith("ours"):
                continue
            base = "ours-trained" if server == "mlflow-default" else "ours"
            for count in connections:
                wanted = {"mlflow": 5 if count == 1 else 10, "mlflow-default": 20}.get(server, 1)
                ratio = statistics.median(self.ratios(server, count))
                mine, its = (statistics.median(point["p99"] for point in self.points(name, count)) for name in (base, server))
                print(f"- {server}, {count} connections: {ratio:.1f}× of {wanted}× {'met' if ratio >= wanted else 'MISSED'}, "
                      f"p99 {mine:.2f} against {its:.2f} ms {'met' if mine < its else 'MISSED'}")
            mine, its = (max(run["peak_mib"] for run in self.of[name]) for name in (base, server))
            print(f"- {server}, memory: {mine:.0f} against {its:.0f} MiB {'met' if mine < its else 'MISSED'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one repetition, 2 s a point")
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", default="1,8,64")
    parser.add_argument("--models", default="mlp,lenet")
    parser.add_argument("--servers", default="ours,ours-trained,mlflow,mlflow-default,litserve,mlserver")
    parser.add_argument("--output", type=pathlib.Path)
    parser.add_argument("--keep-logs", type=pathlib.Path)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # What was started is ended.
    if not shutil.which("wrk"):
        sys.exit("the load generator wrk is not here\nhint: apt-get install wrk")
    repetitions, seconds = (1, 2) if given.quick else (given.repetitions, given.seconds)
    connections = [int(count) for count in given.connections.split(",")]
    servers = [SERVERS[name] for name in given.servers.split(",")]
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nomad-ml-serving-") as made:
        folder = pathlib.Path(made)
        models = [Model(name, folder / name) for name in given.models.split(",")]
        try:
            results = measure(models, servers, connections, repetitions, seconds, folder / "servers")
            floods = [overload(model, folder / f"overload-{model.name}") for model in models if "ours" in given.servers.split(",")]
        finally:
            if given.keep_logs:
                shutil.copytree(folder, given.keep_logs, dirs_exist_ok=True)
    for model in models:
        of = Results(results, model.name)
        print(f"\n### {model.name}\n")
        of.table(connections)
        print()
        if of.of.keys() & {"ours", "ours-trained"} == {"ours", "ours-trained"}:
            of.goals(connections)
    for each in floods:
        print(f"\nOverload, {each['model']}, queue of 16 rows, {each['connections']} connections: {each['sent']} requests sent in "
              f"{each['seconds']:.1f} s, answers {each['answers']}, counted by the server {each['server_counted']}")
    if given.output:
        given.output.write_text(json.dumps({"points": results, "overload": floods}, indent=1))
    lost = [each for each in floods if set(each["answers"]) - {"200", "429"} or sum(each["answers"].values()) != each["sent"]
            or each["server_counted"] != each["answers"]]
    if lost or any(point["errors"] for each in results if each["server"].startswith("ours") for point in each["points"].values()):
        sys.exit("ours left requests without their answer")


if __name__ == "__main__":
    main()
