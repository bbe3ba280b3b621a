#!/usr/bin/env bash
# Starts, stops and shows the platform on this machine: Consul, Nomad, and on them MLflow, Pushgateway, Prometheus,
# the exporters, the trainer, the reconciler, and Alertmanager when it is wanted.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/setup/common.sh
. "$repository/tools/setup/common.sh"
# shellcheck source=tools/setup/agents.sh
. "$repository/tools/setup/agents.sh"
# shellcheck source=tools/setup/stages.sh
. "$repository/tools/setup/stages.sh"
# shellcheck source=tools/setup/doctor.sh
. "$repository/tools/setup/doctor.sh"
# shellcheck source=tools/setup/compose.sh
. "$repository/tools/setup/compose.sh"

usage() {
  case ${1:-} in
    up)
      cat <<TEXT
Usage: ./setup.sh up [--docker]

Obtains the servers (tools/install), starts a Consul and a Nomad agent on 127.0.0.1 in the background, runs the
jobs of nomad/platform/ until Consul says passing, lays the trainer on this node and installs the reconciler.
Typed again, it goes on where it stopped and changes nothing that is well. Trainings that 'down' stopped go on.

  --docker  the containers of docker-compose.yml instead; missing secrets are made and written to .env (mode 600)

Ports and folders: .env.template names them; set them in .env or in the environment.
TEXT
      ;;
    down)
      cat <<TEXT
Usage: ./setup.sh down [--volumes] [--docker]

Stops what 'up' started. Trainings leave a checkpoint and go on after the next 'up'. Data stays.

  --volumes  deletes all data too: runs, models, metrics, Nomad's and Consul's state
TEXT
      ;;
    status)
      cat <<TEXT
Usage: ./setup.sh status [--docker]

Shows each part and its address. Exit code 0 when all of it is well, 1 when something is not.
TEXT
      ;;
    logs)
      cat <<TEXT
Usage: ./setup.sh logs SERVICE [-f] [--docker]

SERVICE: consul, nomad, mlflow, pushgateway, node-exporter, blackbox-exporter, prometheus, alertmanager, trainer or
reconciler.

  -f, --follow  goes on showing what is added
TEXT
      ;;
    doctor)
      cat <<TEXT
Usage: ./setup.sh doctor [--docker]

Looks for everything that would stop 'up' (programs, ports, disk, memory) and reports all of it at once, each with
what mends it. Exit code 0 when there is nothing, 1 otherwise.
TEXT
      ;;
    *)
      cat <<TEXT
Usage: ./setup.sh VERB [OPTIONS]

  up        starts the platform on this machine
  down      stops it; data stays (--volumes deletes it)
  status    shows what runs and where
  logs      shows the log of one service
  doctor    looks for what would stop 'up'

  --docker  with any verb: the containers of docker-compose.yml instead of Nomad jobs
  --help    with any verb: what it does

No verb needs root. Without it Nomad has the raw_exec driver only; exec, java and docker tasks need an agent that is root.
TEXT
      ;;
  esac
}

misused() {
  printf 'setup.sh: %s\n\n' "$1" >&2
  usage "${verb:-}" >&2
  exit 2
}

addresses() {
  printf '\n'
  printf '%-14s %s\n' \
    Nomad "$nomad_address/ui" \
    Consul "$consul_address/ui" \
    MLflow "http://127.0.0.1:$MLFLOW_PORT" \
    Prometheus "http://127.0.0.1:$PROMETHEUS_PORT" \
    Pushgateway "http://127.0.0.1:$PUSHGATEWAY_PORT"
  printf '\nNow type:\n'
  if [ "$NOMAD_HTTP_PORT" != 4646 ] || [ "$CONSUL_HTTP_PORT" != 8500 ]; then
    printf '  export NOMAD_ADDR=%s CONSUL_HTTP_ADDR=%s\n' "$nomad_address" "$consul_address"
  fi
  printf '  ./submit-job examples/digits.yaml\n'
}

up() {
  doctor || fail "the platform can't be started" "mend the above and type ./setup.sh up again"
  make_state
  obtain_servers
  start_agents
  nomad node drain -self -disable -yes >/dev/null
  start_services
  lay_trainer
  start_reconciler
  addresses
}

down() {
  if find_nomad && running nomad; then
    stop_jobs
  fi
  step "Nomad and Consul"
  stop_agent nomad
  stop_orphans
  stop_agent consul
  if [ "$volumes" = yes ]; then
    delete_state
  elif [ -d "$state" ]; then
    talk "data stays in $state (./setup.sh down --volumes deletes it)"
  fi
}

# Nomad leaves a small mount below each allocation that is not collected yet.
delete_state() {
  [ -e "$state/.nomad-ml" ] || return 0
  local mount
  if [ -r /proc/mounts ]; then
    awk -v below="$state/" 'index($2, below) == 1 { print $2 }' /proc/mounts | sort -r | while read -r mount; do
      umount -l "$mount" || fail "$mount can't be unmounted" "umount it as the user that ran ./setup.sh up, then try again"
    done
  fi
  rm -rf --one-file-system "$state"
  done_with "$state deleted"
}

row() { # name, state, address
  local colour=$green
  [[ $2 == passing || $2 == healthy || $2 == laid* || $2 == every* ]] || { colour=$red && well=1; }
  [ -n "$plain" ] && [ -t 1 ] || colour=""
  printf '%-18s %s%-28s%s %s\n' "$1" "$colour" "$2" "${colour:+$plain}" "$3"
}

status() {
  local service port versions well=0
  find_nomad || nomad_folder=/nonexistent
  row consul "$(if running consul && consul_healthy; then echo healthy; else echo 'not running'; fi)" "$consul_address/ui"
  row nomad "$(if running nomad && nomad_healthy; then echo healthy; else echo 'not running'; fi)" "$nomad_address/ui"
  for service in "${platform_services[@]}"; do
    port=${service^^}_PORT port=${port//-/_}
    row "$service" "$(if passing "$service"; then echo passing; else echo 'not passing'; fi)" "http://127.0.0.1:${!port}"
  done
  versions=$(nomad node status -self -t '{{ index .Meta "nomad_ml_trainers" }}' 2>/dev/null || true)
  if [ -n "$versions" ] && [ "$versions" != '<no value>' ]; then row trainer "laid: $versions" "$state/trainer"; else row trainer "not laid" "$state/trainer"; fi
  row reconciler "$(if [ "$(nomad job inspect -t '{{.Status}}' nomad-ml-reconciler 2>/dev/null)" = running ]; then echo 'every minute'; else echo 'not installed'; fi)" ""
  return $well
}

logs() {
  local follow=()
  [ -n "$service" ] || misused "which service?"
  case $service in
    consul | nomad)
      [ -f "$state/log/$service.log" ] || fail "$service has no log in $state/log" "./setup.sh up starts it"
      [ "$follow_logs" = no ] || follow=(-f)
      exec tail -n 200 "${follow[@]}" "$state/log/$service.log"
      ;;
    mlflow | pushgateway | node-exporter | blackbox-exporter | prometheus | alertmanager | trainer | reconciler)
      { find_nomad && running nomad; } || fail "Nomad is not running, and it holds the logs" "./setup.sh up starts it"
      [ "$follow_logs" = no ] || follow=(-f)
      case $service in trainer | reconciler) service=nomad-ml-$service ;; esac
      job_log "$service" "${follow[@]}"
      ;;
    *) misused "no service is called '$service'" ;;
  esac
}

verb="" docker=no volumes=no follow_logs=no help=no service=""
for argument in "$@"; do
  case $argument in
    -h | --help) help=yes ;;
    --docker) docker=yes ;;
    --volumes) volumes=yes ;;
    -f | --follow) follow_logs=yes ;;
    -*) misused "no option is called '$argument'" ;;
    *) if [ -z "$verb" ]; then verb=$argument; elif [ "$verb" = logs ] && [ -z "$service" ]; then service=$argument; else misused "'$argument' is one word too many"; fi ;;
  esac
done
case $verb in
  "") if [ $help = yes ]; then usage && exit 0; else misused "a verb is needed"; fi ;;
  up | down | status | logs | doctor) ;;
  *) verb_given=$verb verb="" && misused "no verb is called '$verb_given'" ;;
esac
[ $help = no ] || { usage "$verb"; exit 0; }
[ $volumes = no ] || [ "$verb" = down ] || misused "--volumes goes with down only"
[ $follow_logs = no ] || [ "$verb" = logs ] || misused "-f goes with logs only"

load_settings
choose_services
if [ $docker = yes ]; then "compose_$verb"; else "$verb"; fi
