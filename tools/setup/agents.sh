# shellcheck shell=bash
# The two agents that setup.sh starts itself: Consul and Nomad. All else is a Nomad job.

# Becomes a program that knows the addresses written here only, whatever the user's shell says of another cluster.
own_cluster_unsets=(NOMAD_ADDR NOMAD_REGION NOMAD_NAMESPACE CONSUL_HTTP_ADDR CONSUL_HTTP_SSL CONSUL_NAMESPACE MLFLOW_TRACKING_URI)
own_cluster() {
  unset "${own_cluster_unsets[@]}"
  exec "$@"
}

nomad() { NOMAD_CLI_SHOW_HINTS=0 NOMAD_REGION='' NOMAD_NAMESPACE='' NOMAD_ADDR=$nomad_address command "$nomad_folder/nomad" "$@"; }

consul_api() { # path
  printf 'X-Consul-Token: %s\n' "${CONSUL_HTTP_TOKEN:-}" |
    curl --fail --silent --show-error --max-time 5 --header @- "$consul_address$1" 2>/dev/null
}

# An agent is ours when the process of the pid file was started with our state's configuration.
running() { # agent
  local pid
  pid=$(cat "$state/$1.pid" 2>/dev/null) && [[ $pid =~ ^[0-9]+$ ]] &&
    [[ $(ps -ww -o command= -p "$pid" 2>/dev/null) == *"$state/$1/here.hcl"* ]]
}

loopback() { if [ "$(uname -s)" = Darwin ]; then echo lo0; else echo lo; fi; }

consul_here() {
  cat <<HCL
# Written by setup.sh from .env and the environment; lost at its next start.
data_dir       = "$state/consul/data"
bind_addr      = "127.0.0.1"
advertise_addr = "127.0.0.1"
client_addr    = "127.0.0.1"

ports {
  http     = $CONSUL_HTTP_PORT
  dns      = $CONSUL_DNS_PORT
  server   = $CONSUL_RPC_PORT
  serf_lan = $CONSUL_SERF_PORT
  serf_wan = -1
  grpc     = -1
  grpc_tls = -1
}
HCL
}

nomad_here() {
  cat <<HCL
# Written by setup.sh from .env and the environment; lost at its next start.
data_dir   = "$state/nomad/data"
plugin_dir = "${NOMAD_ML_PLUGIN_DIR:-$state/nomad/plugins}"
bind_addr  = "127.0.0.1"

advertise {
  http = "127.0.0.1"
  rpc  = "127.0.0.1"
  serf = "127.0.0.1"
}

ports {
  http = $NOMAD_HTTP_PORT
  rpc  = $NOMAD_RPC_PORT
  serf = $NOMAD_SERF_PORT
}

consul {
  address = "127.0.0.1:$CONSUL_HTTP_PORT"
}

client {
  network_interface = "$(loopback)"

  host_volume "nomad-ml-trainer" {
    path      = "$state/trainer"
    read_only = true
  }

  meta {
    nomad_ml_trainer_folder  = "$state/trainer"
    nomad_ml_platform_folder = "$state/platform"
    nomad_ml_consul          = "$consul_address"
  }
}
HCL
}

start_agent() { # agent, health check
  local agent=$1 healthy=$2 log=$state/log/$1.log folder=${1}_folder
  "${agent}_arguments"
  if running "$agent"; then
    "${agent}_here" | cmp -s - "$state/$agent/here.hcl" ||
      talk "  note: its settings changed since it started; ./setup.sh down && ./setup.sh up takes them over"
    ! has_units || unit_active "$agent" || talk "  note: it runs without its systemd unit until ./setup.sh restart $agent"
  else
    "${agent}_here" >"$state/$agent/here.hcl"
    mkdir -p "$state/$agent/plugins"
    [ ! -f "$log" ] || [ "$(wc -c <"$log")" -lt 20000000 ] || mv "$log" "$log.1"
    if has_units; then
      start_unit "$agent"
    else
      # A process group of its own: Ctrl-C at this terminal must not reach it.
      (
        set -m
        own_cluster nohup "${!folder}/$agent" agent "${agent_arguments[@]}" >>"$log" 2>&1 </dev/null &
        echo $! >"$state/$agent.pid"
      )
    fi
  fi
  if ! wait_for 60 agent_ready "$agent" "$healthy" || ! running "$agent"; then
    tail -n 15 "$log" >&2
    fail "$agent did not become healthy" "the lines above are the last of $log; ./setup.sh validate looks for a cause"
  fi
  done_with "$agent is healthy (log: $log)"
}

# Ready, or dead: neither is worth waiting for. (Just after the start `ps` still shows this shell, so `running` can't tell.)
agent_ready() { ! kill -0 "$(cat "$state/$1.pid")" 2>/dev/null || "$2"; }

consul_healthy() { [[ $(consul_api /v1/status/leader) == *:* ]]; }

nomad_healthy() { [ "$(nomad node status -self -t '{{.Status}}' 2>/dev/null)" = ready ]; }

start_agents() {
  step "Consul and Nomad"
  start_consul
  start_nomad
}

consul_arguments() { agent_arguments=(-config-file="$repository/consul/agent.hcl" -config-file="$repository/consul/server.hcl" -config-file="$state/consul/here.hcl"); }

nomad_arguments() { agent_arguments=(-config="$repository/nomad/agent.hcl" -config="$repository/nomad/server.hcl" -config="$repository/nomad/client.hcl" -config="$state/nomad/here.hcl"); }

start_consul() {
  start_agent consul consul_healthy
  # The checks it remembers are critical until it has asked each once.
  wait_for 20 consul_has_asked || true
}

# Not by a pipe into grep -q, here and elsewhere: it ends at its find, and what writes into the pipe fails by that.
consul_has_asked() { [[ $(consul_api /v1/agent/checks | tr -d ' \n') != *'"Output":""'* ]]; }

start_nomad() { start_agent nomad nomad_healthy; }

stop_agent() { # agent
  local pid found=no
  ! running "$1" || found=yes
  # Also one that systemd is about to start again.
  ! has_units || stop_unit "$1"
  if running "$1"; then
    pid=$(cat "$state/$1.pid")
    kill -TERM "$pid"
    if ! wait_for 30 stopped "$1"; then
      talk "  $1 ($pid) did not end within 30 s: killed"
      kill -KILL "$pid"
    fi
  fi
  rm -f "$state/$1.pid"
  [ $found = no ] || done_with "$1 stopped"
}

stopped() { ! running "$1"; }

# Tasks outlive an agent that crashed or was killed: each has an executor that names our state in its arguments.
executors() {
  ps -ww -eo pid=,command= | awk -v data="$state/nomad/data/" 'index($0, "nomad executor {\"LogFile\":\"" data) { print $1 }'
}

stop_orphans() {
  local executor
  [ -n "$(executors)" ] || return 0
  talk "  tasks outlived their agent; they get SIGTERM"
  for executor in $(executors); do
    ps -eo pid=,ppid= | awk -v parent="$executor" '$2 == parent { print $1 }' | xargs -r kill -TERM 2>/dev/null || true
  done
  wait_for 30 only_executors || talk "  some did not end within 30 s: killed"
  for executor in $(executors); do
    ps -eo pid=,ppid= | awk -v parent="$executor" '$2 == parent { print $1 }' | xargs -r kill -KILL 2>/dev/null || true
    kill -KILL "$executor" 2>/dev/null || true
  done
}

only_executors() {
  local executor
  for executor in $(executors); do
    ! ps -eo ppid= | awk -v parent="$executor" '$1 == parent { found = 1 } END { exit !found }' || return 1
  done
}
