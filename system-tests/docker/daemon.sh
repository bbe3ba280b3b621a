# shellcheck shell=bash
# A Docker daemon that shares nothing with this machine but its kernel: namespaces, private /run, data in a temporary
# folder. When the first process inside ends, the kernel ends all others, containers included.

# Starts this script once more inside new namespaces and gives it a way out to the network (slirp4netns: no rule, no
# address and no forwarding is set on the machine).
outside_namespaces() { # arguments for the run inside
  local compose_folder
  compose_folder=$(find_compose) || exit 1
  work=$(mktemp -d "${TMPDIR:-/tmp}/nomad-ml-docker.XXXXXX")
  runner="" network="" first=""
  trap take_down EXIT
  trap 'exit 130' INT TERM
  mkfifo "$work/network"
  # A cluster of the user's own must not be what the checks look at.
  env -u NOMAD_ADDR -u CONSUL_HTTP_ADDR -u MLFLOW_TRACKING_URI -u DOCKER_HOST -u DOCKER_CONTEXT -u NOMAD_TOKEN -u CONSUL_HTTP_TOKEN \
    PATH="$compose_folder:$PATH" \
    timeout --foreground --signal=KILL "$limit" \
    unshare --mount --net --pid --ipc --uts --fork --kill-child=KILL --mount-proc --propagation slave \
    "$here/run.sh" --inside "$work" "$@" <&0 &
  runner=$!
  first=$(first_inside) || fail "the namespaces could not be made" "unshare --mount --net --pid true says why"
  slirp4netns --configure --mtu=1500 --disable-host-loopback "$first" tap0 >"$work/slirp4netns.log" 2>&1 &
  network=$!
  echo up >"$work/network"
  local code=0
  wait "$runner" || code=$?
  [ $code != 137 ] || talk "run.sh: killed, by --limit after $limit s or from outside"
  exit $code
}

# The process id, as seen from outside, of the script inside: the grandchild of `timeout` (whose child is unshare).
first_inside() {
  local until=$((SECONDS + 20)) unshare first
  while [ $SECONDS -lt $until ]; do
    unshare=$(pgrep -P "$runner" || true)
    first=$([ -z "$unshare" ] || pgrep -P "$unshare" || true)
    if [ -n "$first" ] && [ "$(readlink "/proc/$first/ns/net")" != "$(readlink /proc/self/ns/net)" ]; then
      echo "$first"
      return
    fi
    sleep 0.2
  done
  return 1
}

take_down() {
  local container
  set +e
  # The first process inside takes all others with it.
  [ -z "$first" ] || kill -KILL "$first" 2>/dev/null
  [ -z "$runner" ] || wait "$runner" 2>/dev/null
  [ -z "$network" ] || { kill "$network" 2>/dev/null && wait "$network" 2>/dev/null; }
  # What a container that was killed leaves of its control groups; those in use can't be removed.
  for container in "$work"/docker/containers/*; do
    find /sys/fs/cgroup -depth -type d -path "*/docker/${container##*/}*" -exec rmdir {} + 2>/dev/null
  done
  rm -rf --one-file-system "$work"
}

# Docker Compose v2 as `docker compose` or `docker-compose`; else it is built once. Prints the folder that PATH needs.
find_compose() {
  local version=v2.40.3 folder=$cache/docker-compose-v2.40.3 build found
  if docker compose version >/dev/null 2>&1; then
    mkdir -p "$cache/empty" && echo "$cache/empty"
    return
  fi
  if found=$(docker-compose version --short 2>/dev/null) && [[ ${found#v} == [2-9]* ]]; then
    dirname "$(command -v docker-compose)"
    return
  fi
  if [ ! -x "$folder/docker-compose" ]; then
    command -v go >/dev/null || fail "Docker Compose v2 is not here and Go is needed to build it" "install its plugin (https://docs.docker.com/compose/install)"
    talk "building Docker Compose $version (two minutes, once)"
    build=$(mktemp -d)
    (
      cd "$build" &&
        cp -R "$(go mod download -json "github.com/docker/compose/v2@$version" | jq -r .Dir)/." . && chmod -R u+w . &&
        mkdir -p "$folder" &&
        CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X github.com/docker/compose/v2/internal.Version=$version" -o "$folder/docker-compose" ./cmd
    ) >&2 || fail "Docker Compose $version could not be built" "its output is above"
    chmod -R u+w "$build" && rm -rf "$build"
  fi
  echo "$folder"
}

# The rest happens inside.

inside_namespaces() {
  read -r _ <"$work/network"
  ip link set lo up
  # As on any machine: mounts of containers' folders are seen by the daemon, and the daemon's by containers that ask for it.
  mount --make-rshared /
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/lock "$work/cgroup" "$work/tmp"
  mount --rbind /sys/fs/cgroup "$work/cgroup"
  mount -t sysfs sysfs /sys
  mount --rbind "$work/cgroup" /sys/fs/cgroup
  until ip -4 addr show dev tap0 2>/dev/null | grep -q inet; do sleep 0.2; done
  start_daemon
}

start_daemon() {
  step "Docker daemon"
  DOCKER_HOST=unix:///var/run/docker.sock dockerd --data-root "$work/docker" --exec-root /run/docker --pidfile /run/docker.pid \
    --add-runtime "machine=$here/stand-ins/runc.sh" --default-runtime machine --log-level warn >"$work/dockerd.log" 2>&1 &
  daemon=$!
  local until=$((SECONDS + 60))
  until docker info >/dev/null 2>&1; do
    kill -0 "$daemon" 2>/dev/null && [ $SECONDS -lt $until ] || { tail -n 20 "$work/dockerd.log" >&2; fail "dockerd did not start" "its last lines are above"; }
    sleep 0.5
  done
  docker info -f 'Docker {{.ServerVersion}}, {{.Driver}}, cgroup v{{.CgroupVersion}}, {{.NCPU}} cores' >&2
}
