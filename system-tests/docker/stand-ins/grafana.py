"""A STAND-IN for Grafana: it serves /api/health and /metrics, and nothing of what Grafana does.

It refuses to start when what docker-compose.yml must hand to Grafana is not there: the password, the provisioning
files, a dashboard that is JSON. Its health is that of the Prometheus it is pointed to.
"""

import json
import os
import pathlib
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROMETHEUS = os.environ["PROMETHEUS_URL"]


def check() -> None:
    if not os.environ.get("GF_SECURITY_ADMIN_PASSWORD"):
        sys.exit("GF_SECURITY_ADMIN_PASSWORD is empty")
    provisioning = pathlib.Path("/etc/grafana/provisioning")
    if not list(provisioning.glob("datasources/*.yml")):
        sys.exit("no data source is provisioned")
    providers = "\n".join(file.read_text() for file in provisioning.glob("dashboards/*.yml"))
    if "path: /etc/grafana/dashboards" not in providers:
        sys.exit("no provider names /etc/grafana/dashboards")
    dashboards = [json.loads(file.read_text()) for file in pathlib.Path("/etc/grafana/dashboards").glob("*.json")]
    if not any(dashboard["panels"] for dashboard in dashboards):
        sys.exit("no dashboard is mounted")
    mark = pathlib.Path("/var/lib/grafana/stand-in")
    mark.write_text("this volume was written by a stand-in for Grafana\n")


class StandIn(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.path = self.path.removeprefix("/grafana")  # as with GF_SERVER_SERVE_FROM_SUB_PATH
        if self.path == "/metrics":
            self.answer(200, "text/plain; version=0.0.4", "grafana_stand_in 1\n")
        elif self.path == "/api/health":
            try:
                urllib.request.urlopen(f"{PROMETHEUS}/-/ready", timeout=3)
                self.answer(200, "application/json", '{"database": "ok", "version": "stand-in"}')
            except OSError as problem:
                self.answer(503, "application/json", json.dumps({"database": "failing", "problem": str(problem)}))
        else:
            self.answer(404, "text/plain", "this is a stand-in for Grafana\n")

    def answer(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        pass


check()
print("a stand-in for Grafana listens on port 3000", flush=True)
ThreadingHTTPServer(("", 3000), StandIn).serve_forever()
