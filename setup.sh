#!/usr/bin/env bash
# Starts, stops, shows, backs up and restores the platform on this machine: Consul, Nomad, and on them MLflow,
# Pushgateway, Prometheus, the exporters, the trainer, the model server, the reconciler, and Alertmanager, Loki and the gateway when they are wanted.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tools/setup/common.sh
. "$repository/tools/setup/common.sh"
# shellcheck source=tools/setup/usage.sh
. "$repository/tools/setup/usage.sh"
# shellcheck source=tools/setup/config.sh
. "$repository/tools/setup/config.sh"
# shellcheck source=tools/setup/agents.sh
. "$repository/tools/setup/agents.sh"
# shellcheck source=tools/setup/units.sh
. "$repository/tools/setup/units.sh"
# shellcheck source=tools/setup/stores.sh
. "$repository/tools/setup/stores.sh"
# shellcheck source=tools/setup/stages.sh
. "$repository/tools/setup/stages.sh"
# shellcheck source=tools/setup/validate.sh
. "$repository/tools/setup/validate.sh"
# shellcheck source=tools/setup/backup.sh
. "$repository/tools/setup/backup.sh"
# shellcheck source=tools/setup/update.sh
. "$repository/tools/setup/update.sh"
# shellcheck source=tools/setup/compose.sh
. "$repository/tools/setup/compose.sh"
# shellcheck source=tools/setup/compose-keep.sh
. "$repository/tools/setup/compose-keep.sh"

addresses() {
  printf '\n'
  printf '%-14s %s\n' \
    Nomad "$nomad_address/ui" \
    Consul "$consul_address/ui" \
    MLflow "http://127.0.0.1:$MLFLOW_PORT" \
    Prometheus "http://127.0.0.1:$PROMETHEUS_PORT" \
    Pushgateway "http://127.0.0.1:$PUSHGATEWAY_PORT"
  [ "$GATEWAY" = no ] || printf '%-14s %s\n' Gateway "http$([ -z "$(certificates)" ] || echo s)://127.0.0.1:$GATEWAY_PORT/models"
  printf '\nNow type:\n'
  if [ "$NOMAD_HTTP_PORT" != 4646 ] || [ "$CONSUL_HTTP_PORT" != 8500 ]; then
    printf '  export NOMAD_ADDR=%s CONSUL_HTTP_ADDR=%s\n' "$nomad_address" "$consul_address"
  fi
  printf '  ./submit-job examples/digits.yaml\n'
}

up() {
  [ ! -e "$state/restoring" ] || fail "a restore was cut off in $state" "./setup.sh restore begins it again; ./setup.sh clean --volumes deletes what is there"
  validate || fail "the platform can't be started" "mend the above and type ./setup.sh up again"
  make_state
  obtain_servers
  start_agents
  nomad node drain -self -disable -yes >/dev/null
  start_services
  lay_programs
  start_reconciler
  start_backups
  addresses
}

install() {
  if [ "$print" = yes ]; then
    print_units
    return
  fi
  [ "$systemd" = no ] || { need_systemd; may_change_units; }
  validate || fail "the platform can't be installed" "mend the above and type ./setup.sh install again"
  make_state
  obtain_servers
  step "Trainer and model server"
  local program
  for program in "${programs[@]}"; do
    build "$(archive_of "$program")" "$program"
    done_with "$(archive_of "$program")"
  done
  [ "$systemd" = no ] || install_units
}

stop_all() {
  if find_nomad && running nomad; then
    stop_jobs
  fi
  step "Nomad and Consul"
  stop_agent nomad
  stop_orphans
  stop_agent consul
  disable_units
}

down() {
  stop_all
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
  if [ "$(uname -s)" = Darwin ]; then rm -rf -x "$state"; else rm -rf --one-file-system "$state"; fi
  done_with "$state deleted"
}

# Tasks live on while their agent is started anew.
restart() {
  local services=("$word")
  { find_nomad && running nomad; } || fail "the platform does not run" "./setup.sh up starts it"
  [ -n "$word" ] || services=(consul nomad "${platform_services[@]}")
  obtain_servers
  for word in "${services[@]}"; do
    step "$word"
    case " consul nomad ${platform_services[*]} " in
      *" $word "*) ;;
      *) misused "no service is called '$word'" ;;
    esac
    case $word in
      consul | nomad) stop_agent "$word" && "start_$word" ;;
      *) restart_job "$word" ;;
    esac
  done
}

status() {
  local service port options=() services=()
  for service in "${platform_services[@]}"; do
    port=$(tr 'a-z-' 'A-Z_' <<<"$service")_PORT
    services+=("$service=${!port}")
  done
  [ "$json" = no ] || options=(--json)
  tell_units
  # The odd expansions: an empty array is unset to the bash of macOS.
  "$repository/tools/setup/status.py" --state "$state" --nomad "$nomad_address" --consul "$consul_address" ${options[@]+"${options[@]}"} "${services[@]}"
}

logs() {
  local follow=()
  [ -n "$word" ] || misused "which service?"
  [ "$follow_logs" = no ] || follow=(-f)
  case $word in
    consul | nomad)
      [ -f "$state/log/$word.log" ] || fail "$word has no log in $state/log" "./setup.sh up starts it"
      exec tail -n 200 ${follow[@]+"${follow[@]}"} "$state/log/$word.log"
      ;;
    mlflow | pushgateway | node-exporter | blackbox-exporter | prometheus | alertmanager | loki | log-collector | gateway | trainer | serving | reconciler | backup)
      { find_nomad && running nomad; } || fail "Nomad is not running, and it holds the logs" "./setup.sh up starts it"
      case $word in trainer | serving | reconciler | backup) word=nomad-ml-$word ;; esac
      job_log "$word" ${follow[@]+"${follow[@]}"}
      ;;
    *) misused "no service is called '$word'" ;;
  esac
}

clean() {
  local pinned each
  if [ "$systemd" = yes ]; then
    remove_units
    return
  fi
  if [ "$volumes" = yes ]; then
    agreed "delete all data in $state: runs, models, metrics, Nomad's and Consul's state?" || return 0
    down
    return
  fi
  pinned=$("$repository/tools/install" --folders)
  agreed "delete what can be made again in $cache: servers of other pins, start-up archives?" || return 0
  for each in "$cache"/servers/*/ "$cache"/classes/ "$cache"/submit-job-*.jsa; do
    if [ ! -e "$each" ] || grep -Fxq "${each%/}" <<<"$pinned"; then continue; fi
    # Runs still, from before a change of pins.
    ! pgrep -f -- "${each%/}/" >/dev/null || continue
    rm -rf "$each"
  done
  rm -f "$state"/log/build.log "$state"/log/*.log.1
  done_with "deleted"
}

verb="" docker=no volumes=no follow_logs=no json=no yes=no list=no systemd=no print=no help=no word=""
for argument in "$@"; do
  case $argument in
    -h | --help) help=yes ;;
    --docker) docker=yes ;;
    --volumes) volumes=yes ;;
    --json) json=yes ;;
    --yes) yes=yes ;;
    --list) list=yes ;;
    --systemd) systemd=yes ;;
    --print) print=yes ;;
    -f | --follow) follow_logs=yes ;;
    -*) misused "no option is called '$argument'" ;;
    *) if [ -z "$verb" ]; then verb=$argument; elif [ -z "$word" ]; then word=$argument; else misused "'$argument' is one word too many"; fi ;;
  esac
done
case $verb in
  start) verb=up ;;
  stop) verb=down ;;
  doctor) verb=validate ;;
  install | config | validate | up | down | restart | status | logs | update | backup | restore | clean | "") ;;
  *) verb_given=$verb verb="" && misused "no verb is called '$verb_given'" ;;
esac
[ $help = no ] || { usage "${verb:-all}"; exit 0; }
verb=${verb:-up}
goes_with() { # option, whether it is given, verbs …
  local verbs=${*:3}
  [ "$2" != yes ] || [[ " $verbs " == *" $verb "* ]] || misused "$1 goes with ${verbs// /, } only"
}
goes_with --volumes $volumes down clean
goes_with --follow $follow_logs logs
goes_with --json $json status config validate backup
goes_with --list $list backup
goes_with --systemd $systemd install clean
goes_with --print $print install
[ $print = no ] || [ $systemd = yes ] || misused "--print goes with --systemd only"
[ "$systemd$volumes" != yesyes ] || misused "--systemd and --volumes are two calls"
[ "$verb$json$list" != backupyesno ] || misused "--json goes with backup --list only"
[ "$docker$systemd" != yesyes ] || misused "--systemd is for the agents that run without --docker"
case $verb:$word in
  *: | restart:* | logs:* | restore:* | config:init) ;;
  *) misused "'$word' is one word too many" ;;
esac

[ "$verb$json" != validateyes ] || trap print_problems EXIT
load_settings
choose_services
choose_units
case $docker:$verb in
  no:up | no:down | no:restart | no:update | no:restore) ! has_units || { need_systemd; may_change_units; } ;;
esac
if [ $docker = yes ] && [ "$verb" != config ]; then "compose_$verb"; else "$verb"; fi
