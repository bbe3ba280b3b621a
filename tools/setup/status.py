#!/usr/bin/env python3
"""What runs of the platform on this machine, as a table or as JSON; asks the servers themselves.

Usage: status.py --state FOLDER --nomad ADDRESS --consul ADDRESS [--json] SERVICE=PORT …
Exit code 0 when all of it is well, 1 when something is not.
"""
import argparse
import calendar
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.request


def ask(address):
    """The answer to a GET, or None."""
    try:
        with urllib.request.urlopen(address, timeout=3) as answer:
            return answer.read().decode()
    except (OSError, ValueError):
        return None


def ask_json(address):
    answer = ask(address)
    return None if answer is None else json.loads(answer)


def agent(name, address, leader, version, state):
    """Consul or Nomad: one that answers and was started with our configuration."""
    pid = read(state / f"{name}.pid")
    shown = ps(pid, "command") if pid and pid.isdigit() else ""
    ours = f"{state}/{name}/here.hcl" in shown
    healthy = bool(ours and ask_json(address + leader))
    since = time.time() - elapsed(ps(pid, "etime")) if ours else None
    found = (ask_json(address + "/v1/agent/self") or {}) if healthy else {}
    return row(name, "healthy" if healthy else "not running", healthy, address + "/ui", version(found) if found else None, since)


def ps(pid, column):
    return subprocess.run(["ps", "-ww", "-o", f"{column}=", "-p", pid], capture_output=True, text=True).stdout.strip()


def elapsed(shown):
    """[[days-]hours:]minutes:seconds → seconds; macOS has no etimes."""
    days, _, rest = shown.rpartition("-")
    return int(days or 0) * 86400 + sum(int(part) * 60**at for at, part in enumerate(reversed(rest.split(":"))))


def read(file):
    try:
        return file.read_text().strip()
    except OSError:
        return None


def row(name, health, well, address, version=None, since=None):
    return {"name": name, "health": health, "well": well, "address": address, "version": version,
            "since": None if since is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(since))}


def version_of(service, address):
    if service == "mlflow":
        return ask(address + "/version")
    found = re.search(r'_build_info\{[^}]*\bversion="([^"]+)"', ask(address + "/metrics") or "")
    return found and found[1]


def newest(allocations, job):
    """The newest allocation of a job or of its periodic children."""
    mine = [each for each in allocations if each["JobID"].split("/")[0] == job]
    return max(mine, key=lambda each: each["CreateIndex"], default=None)


def seconds(moment):
    """Nomad's time of day in UTC → seconds since 1970."""
    return calendar.timegm(time.strptime(moment[:19], "%Y-%m-%dT%H:%M:%S")) if moment else None


def started(allocation):
    states = (allocation or {}).get("TaskStates") or {}
    return next((seconds(state["StartedAt"]) for state in states.values() if state.get("StartedAt")), None)


def service(name, port, given, allocations):
    address = f"http://127.0.0.1:{port}"
    passing = bool(ask_json(f"{given.consul}/v1/health/service/{name}?passing"))
    since = started(newest(allocations, name)) if passing else None
    return row(name, "passing" if passing else "not passing", passing, address, version_of(name, address) if passing else None, since)


def program(name, folder, given, allocations):
    """The trainer or the model server, as laid on this node."""
    nodes = ask_json(f"{given.nomad}/v1/nodes") or []
    here = nodes and ask_json(f"{given.nomad}/v1/node/{nodes[0]['ID']}") or {}
    laid = (here.get("Meta") or {}).get(f"nomad_ml_{name}s")
    return row(name, "laid" if laid else "not laid", bool(laid), str(given.state / folder), laid, started(newest(allocations, f"nomad-ml-{name}")))


def reconciler(given, allocations):
    job = ask_json(f"{given.nomad}/v1/job/nomad-ml-reconciler") or {}
    well = job.get("Status") == "running"
    return row("reconciler", "every minute" if well else "not installed", well, None, None, started(newest(allocations, "nomad-ml-reconciler")))


def backup(given):
    """The last one; none yet is no illness, as BackupTooOld watches over them once there is one."""
    found = re.search(r"^nomad_ml_backup_last_success_timestamp_seconds (\d+)", read(given.state / "platform/textfile/backup.prom") or "", re.M)
    return row("backup", "made" if found else "none yet", True, None, None, int(found[1]) if found else None)


def rows(given):
    allocations = ask_json(f"{given.nomad}/v1/allocations?namespace=*") or []
    yield agent("consul", given.consul, "/v1/status/leader", lambda self: self["Config"]["Version"], given.state)
    yield agent("nomad", given.nomad, "/v1/status/leader", lambda self: self["member"]["Tags"]["build"], given.state)
    for each in given.services:
        yield service(*each.split("="), given, allocations)
    yield program("trainer", "trainer", given, allocations)
    yield program("serving", "trainer/serving", given, allocations)
    yield reconciler(given, allocations)
    yield backup(given)


def table(found):
    colours = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    yield f"{'SERVICE':18} {'HEALTH':13} {'VERSION':16} {'SINCE (UTC)':20} ADDRESS"
    for each in found:
        health = f"{each['health']:13}"
        if colours:
            health = f"\033[{32 if each['well'] else 31}m{health}\033[0m"
        since = (each["since"] or "").replace("T", " ").rstrip("Z")
        yield f"{each['name']:18} {health} {each['version'] or '':16} {since:20} {each['address'] or ''}".rstrip()


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `| head` is no error
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--state", type=pathlib.Path, required=True)
    parser.add_argument("--nomad", required=True)
    parser.add_argument("--consul", required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("services", nargs="*")
    given = parser.parse_args()
    found = list(rows(given))
    print(json.dumps(found, indent=2) if given.json else "\n".join(table(found)))
    sys.exit(0 if all(each["well"] for each in found) else 1)


if __name__ == "__main__":
    main()
