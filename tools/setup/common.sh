# shellcheck shell=bash
# Settings, talk and small checks that every verb of setup.sh uses.

if [ -t 2 ] && [ -z "${NO_COLOR:-}" ]; then
  bold=$'\033[1m' green=$'\033[32m' red=$'\033[31m' plain=$'\033[0m'
else
  bold="" green="" red="" plain=""
fi

talk() { printf '%s\n' "$*" >&2; }
step() { printf '%s▸ %s%s\n' "$bold" "$*" "$plain" >&2; }
done_with() { printf '  %s✓%s %s\n' "$green" "$plain" "$*" >&2; }

fail() { # what, hint
  printf '%ssetup.sh: %s%s\n' "$red" "$1" "$plain" >&2
  printf 'hint: %s\n' "$2" >&2
  exit 1
}

# A setting is taken from the environment, then from .env, then from here. It is never exported: what .env keeps secret
# would reach every task of the Nomad agent.
settings=(
  "NOMAD_ML_STATE_DIR=$repository/state"
  CONSUL_HTTP_PORT=8500 CONSUL_DNS_PORT=8600 CONSUL_RPC_PORT=8300 CONSUL_SERF_PORT=8301
  NOMAD_HTTP_PORT=4646 NOMAD_RPC_PORT=4647 NOMAD_SERF_PORT=4648
  MLFLOW_PORT=5000 PUSHGATEWAY_PORT=9091 PROMETHEUS_PORT=9090 NODE_EXPORTER_PORT=9100 BLACKBOX_EXPORTER_PORT=9115 GRAFANA_PORT=3000
  MLFLOW_BACKEND_STORE= MLFLOW_BACKEND_STORE_PASSWORD= MLFLOW_ARTIFACTS= MLFLOW_S3_ENDPOINT_URL= AWS_DEFAULT_REGION= MLFLOW_WORKERS=1 PROMETHEUS_RETENTION=15d
  ALERTMANAGER=no ALERTMANAGER_PORT=9093 ALERT_MAIL_TO= ALERT_MAIL_FROM=alertmanager@localhost ALERT_SMARTHOST=localhost:25 ALERT_SMTP_USERNAME=
  GATEWAY=no GATEWAY_PORT=8080 NGINX_TLS_DIR=
  LOGS=no LOKI_PORT=3100 LOG_COLLECTOR_PORT=8889 LOKI_RETENTION=15d LOKI_REDIS=
  BACKUP_CRON="17 3 * * *" "BACKUP_REPOSITORY=$repository/backups" BACKUP_KEEP=7 BACKUP_PASSWORD_FILE= BACKUP_DATABASE=yes AWS_ACCESS_KEY_ID= AWS_SECRET_ACCESS_KEY=
  NOMAD_ML_PLUGIN_DIR= NOMAD_ML_TRAINER_ARCHIVE= NOMAD_ML_SERVING_ARCHIVE= NOMAD_ML_SUBMIT_JOB= NOMAD_ML_WAIT_SECONDS=180
)

load_settings() {
  local line name value
  from_environment="" from_file=""
  for line in "${settings[@]}"; do
    name=${line%%=*}
    [ -z "${!name+set}" ] || from_environment+="$name "
  done
  if [ -f "$repository/.env" ]; then
    while IFS= read -r line || [ -n "$line" ]; do
      [[ $line =~ ^[[:space:]]*([A-Z][A-Z0-9_]*)=(.*)$ ]] || continue
      name=${BASH_REMATCH[1]} value=${BASH_REMATCH[2]}
      [[ $value =~ ^\"(.*)\"$ || $value =~ ^\'(.*)\'$ ]] && value=${BASH_REMATCH[1]}
      is_setting "$name" && [ -z "${!name+set}" ] && printf -v "$name" '%s' "$value" && from_file+="$name "
    done <"$repository/.env"
  fi
  for line in "${settings[@]}"; do
    name=${line%%=*}
    [ -n "${!name:-}" ] || printf -v "$name" '%s' "${line#*=}"
    if [[ $name == *_PORT || $name == *_SECONDS ]] && ! [[ ${!name} =~ ^[0-9]{1,5}$ ]]; then
      fail "$name is '${!name}', not a number" "mend it in .env or in the environment"
    fi
  done
  state_parent=$(cd "$(dirname "$NOMAD_ML_STATE_DIR")" 2>/dev/null && pwd) ||
    fail "NOMAD_ML_STATE_DIR=$NOMAD_ML_STATE_DIR lies in a folder that is not there" "mkdir -p $(dirname "$NOMAD_ML_STATE_DIR")"
  state=${state_parent%/}/$(basename "$NOMAD_ML_STATE_DIR")
  [[ -z $NGINX_TLS_DIR || $NGINX_TLS_DIR == /* ]] || NGINX_TLS_DIR=$repository/${NGINX_TLS_DIR#./}
  [[ $BACKUP_REPOSITORY == /* || $BACKUP_REPOSITORY == *:* ]] || BACKUP_REPOSITORY=$repository/${BACKUP_REPOSITORY#./}
  cache=${NOMAD_ML_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nomad-ml}
  nomad_address=http://127.0.0.1:$NOMAD_HTTP_PORT
  consul_address=http://127.0.0.1:$CONSUL_HTTP_PORT
}

is_setting() {
  local setting
  for setting in "${settings[@]}"; do [ "${setting%%=*}" = "$1" ] && return; done
  return 1
}

# Makes the folder all state lies in; the mark lets `down --volumes` tell it from any other folder.
make_state() {
  if [ -d "$state" ] && [ ! -e "$state/.nomad-ml" ] && [ -n "$(ls -A "$state")" ]; then
    fail "$state holds something that setup.sh did not put there" "set NOMAD_ML_STATE_DIR to a folder of its own"
  fi
  mkdir -p "$state"/{consul,nomad,log,trainer,platform} && touch "$state/.nomad-ml"
  chmod 700 "$state/consul" "$state/platform"
}

# Asks a person; --yes answers for one, and without a terminal nobody can.
agreed() { # question
  local answer
  [ "$yes" = no ] || return 0
  [ -t 0 ] || fail "nobody is here to be asked: $1" "--yes answers"
  read -r -p "$1 [y/N] " answer && [[ $answer == [yY]* ]]
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Waits until a command succeeds; a line of dots shows that it is alive.
wait_for() { # seconds, command …
  local until=$((SECONDS + $1)) dots=""
  shift
  while ! "$@"; do
    if [ $SECONDS -ge $until ]; then
      [ -z "$dots" ] || printf '\r\033[K' >&2
      return 1
    fi
    [ -t 2 ] && dots=$dots. && printf '\r  %s' "$dots" >&2
    sleep 1
  done
  [ -z "$dots" ] || printf '\r\033[K' >&2
}

# Windows's Linux: 1 has no Linux kernel, 2 has systemd where its owner wants it.
is_wsl() { grep -qi microsoft /proc/version 2>/dev/null; }

project_version() { sed -n 's/.*<version>\(.*\)<\/version>.*/\1/p' "$repository/pom.xml" | head -n 1; }
