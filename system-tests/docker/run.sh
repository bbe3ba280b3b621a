#!/usr/bin/env bash
# Runs docker-compose.yml, `setup.sh up --docker` and both targets of trainer/Dockerfile for real, without an image
# registry and without touching the Docker of this machine.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
repository=$(cd "$here/../.." && pwd)
# shellcheck source=system-tests/docker/daemon.sh
. "$here/daemon.sh"
# shellcheck source=system-tests/docker/images.sh
. "$here/images.sh"
# shellcheck source=system-tests/docker/checks.sh
. "$here/checks.sh"
# shellcheck source=system-tests/docker/scenario.sh
. "$here/scenario.sh"

usage() {
  cat <<TEXT
Usage: system-tests/docker/run.sh [--cuda] [--pictures] [--keep] [--limit SECONDS]

Starts a Docker daemon of its own in mount, network and process namespaces of its own, makes local images under the
names that docker-compose.yml pins, and then does what a user does: ./setup.sh up --docker, ./submit-job
examples/digits.yaml, status, logs, up again, down. Ends with a table of seconds and memory; exit code 0 when every
check held, 1 when one did not.

  --cuda           also builds the CUDA target (3 GB of wheels from PyPI) and trains in it, on the CPU (needs gcc, for a
                   stand-in for the driver's library)
  --pictures       takes the picture of the start page anew (docs/pictures; needs chromium)
  --keep           after a failed check, opens a shell inside (on a terminal) before everything is taken down
  --limit SECONDS  takes everything down after that time (default 3600)

The local images hold the real programs: tools/install's consul, nomad, prometheus, alertmanager, pushgateway and exporters,
Debian's postgres, python and Java 17, MLflow and torch from PyPI. They are not the publishers' images. grafana/grafana
is a STAND-IN (stand-ins/grafana.py): it shows that provisioning, secret, network and health check are wired, nothing of
Grafana itself.

Needs root, Linux, JDK 17 and Maven, tools/install's servers, and Debian's packages docker.io, iptables, debootstrap,
slirp4netns, jq, curl, make, openssl (apt-get install --no-install-recommends …). Docker Compose v2 is found as a plugin or as
docker-compose, else built once from its Go module. The images are kept in NOMAD_ML_CACHE (~/.cache/nomad-ml)/docker.
It does not run in CI: root and a Docker daemon are needed.
TEXT
}

talk() { printf '%s\n' "$*" >&2; }
step() { printf '\n== %s (%d s)\n' "$*" "$SECONDS" >&2; }

fail() { # what, hint
  printf 'run.sh: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}

servers=consul,nomad,mlflow,pushgateway,prometheus,alertmanager,node_exporter,blackbox_exporter,postgres_exporter,redis_exporter,versitygw,loki,otelcol,restic

check_needs() {
  local program missing=()
  [ "$(uname -s)" = Linux ] || fail "this is not Linux" "run it in a Linux machine"
  [ "$(id -u)" = 0 ] || fail "root is needed for a Docker daemon" "sudo system-tests/docker/run.sh"
  for program in docker dockerd containerd iptables debootstrap slirp4netns unshare jq curl make openssl; do
    command -v "$program" >/dev/null || missing+=("$program")
  done
  [ ${#missing[@]} = 0 ] ||
    fail "not on PATH: ${missing[*]}" "apt-get install --no-install-recommends docker.io iptables debootstrap slirp4netns util-linux jq curl make openssl"
  [ "$cuda" = no ] || command -v gcc >/dev/null || fail "--cuda needs gcc" "apt-get install gcc libc6-dev"
  "$repository/tools/install" --paths --only "$servers" >/dev/null || fail "the real servers are missing" "tools/install --only $servers"
}

arguments=("$@") cuda=no pictures=no keep=no limit=3600 inside=""
while [ $# -gt 0 ]; do
  case $1 in
    --cuda) cuda=yes && shift ;;
    --pictures) pictures=yes && shift ;;
    --keep) keep=yes && shift ;;
    --limit)
      [[ ${2:-} =~ ^[0-9]+$ ]] || { usage >&2; exit 2; }
      limit=$2 && shift 2
      ;;
    --inside)
      inside=${2:?} && shift 2
      ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
  esac
done

if [ -n "$inside" ]; then
  work=$inside
  inside_namespaces
  scenario
else
  check_needs
  outside_namespaces "${arguments[@]}"
fi
