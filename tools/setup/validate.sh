# shellcheck shell=bash
# Looks for everything that would stop `up`, and reports all of it at once.

problems=0 problems_found=()

problem() { # what, hint
  problems=$((problems + 1))
  problems_found+=("$1" "$2")
  printf '  %s✗%s %s\n    hint: %s\n' "$red" "$plain" "$1" "$2" >&2
}

at_least() { # version, wanted
  [ "$(printf '%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

# For programs, whichever platform was looked at.
print_problems() {
  python3 -c '
import json, sys
words = sys.argv[1:]
print(json.dumps([{"problem": words[at], "hint": words[at + 1]} for at in range(0, len(words), 2)], indent=2))' ${problems_found[@]+"${problems_found[@]}"}
}

# Linux is what all of it is tried on.
check_system() {
  case $(uname -s) in
    Linux) ;;
    Darwin) talk "  note: nothing of this was tried on macOS: raw_exec tasks run there, exec and docker's GPUs do not, systemd units neither" ;;
    *) problem "$(uname -s) is neither Linux nor macOS, and Nomad's tasks need one of them" "Windows: wsl --install, and ./setup.sh there" ;;
  esac
  is_wsl || return 0
  grep -qi 'wsl2\|microsoft-standard' /proc/version || problem "this is WSL 1, which has no Linux kernel for Nomad" "in Windows: wsl --set-version ${WSL_DISTRO_NAME:-NAME} 2"
  [[ $(df -P "$state_parent" | awk 'NR == 2 { print $1 }') != [A-Z]:* && $state_parent/ != /mnt/[a-z]/* ]] || problem "the state would lie on a disk of Windows ($state_parent), whose locks and modes are not Linux's" "set NOMAD_ML_STATE_DIR to a folder of Linux's own disk, such as ~/nomad-ml"
  systemd_runs || talk "  note: WSL ends a while after its last terminal is closed; units (install --systemd) need [boot] systemd=true in /etc/wsl.conf"
}

check_programs() {
  local java
  java=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' || true)
  [ "${java:-0}" -ge 17 ] || problem "Java 17 or newer is not on PATH${java:+ (it is $java)}" "install a JDK 17 (https://adoptium.net)"
  command -v python3 >/dev/null || problem "python3 is not on PATH" "install Python 3.10 or newer with venv"
  if ! command -v curl >/dev/null; then problem "curl is not on PATH" "install curl"
  elif ! at_least "$(curl --version | sed -n '1s/^curl \([0-9.]*\).*/\1/p')" 7.76; then problem "curl 7.76 or newer is needed" "install a newer curl"; fi
  command -v flock >/dev/null || problem "flock is not on PATH" "install util-linux (macOS: brew install flock)"
  command -v ps >/dev/null || problem "ps is not on PATH" "install procps"
  command -v sha256sum >/dev/null || problem "sha256sum is not on PATH" "install coreutils"
}

# Go and Python are needed only for what is not there yet.
check_servers() {
  local missing go python
  missing=$("$repository/tools/install" --paths --only "$platform_servers" 2>&1 >/dev/null | sed -n 's/^\([a-z_]*\) [0-9.]* is missing$/\1/p' | paste -sd, - || true)
  [ -n "$missing" ] || return 0
  talk "  to be obtained by up: ${missing//,/, } (at most 15 minutes, once)"
  if [ "$missing" != mlflow ]; then
    go=$(go env GOVERSION 2>/dev/null | sed 's/^go//' || true)
    at_least "${go:-0}" 1.26 || problem "Go 1.26 or newer is needed to build ${missing//,/, }${go:+ (it is $go)}" "install Go (https://go.dev/dl)"
  fi
  if [[ ,$missing, == *,mlflow,* ]]; then
    python=$(python3 -c 'import venv, sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || true)
    at_least "${python:-0}" 3.10 || problem "Python 3.10 or newer with venv is needed for MLflow${python:+ (it is $python)}" "install python3 and python3-venv"
  fi
}

check_archives() {
  local program missing="" maven
  for program in "${programs[@]}"; do [ -e "$(archive_of "$program")" ] || missing+=${missing:+ and }$program; done
  [ -n "$missing" ] || return 0
  maven=$(mvn --version 2>/dev/null | sed -n 's/.*Apache Maven \([0-9.]*\).*/\1/p' || true)
  at_least "${maven:-0}" 3.8 || problem "not built: $missing; and Maven 3.8 or newer is not on PATH${maven:+ (it is $maven)}" "install Maven 3.8 or newer"
}

check_gateway() {
  local version
  [[ $GATEWAY =~ ^(yes|no)$ ]] || problem "GATEWAY is '$GATEWAY', neither yes nor no" "mend it in .env or in the environment"
  [ "$GATEWAY" = yes ] || return 0
  version=$("$(find_nginx)" -v 2>&1 | sed -n 's|.*nginx/\([0-9.]*\).*|\1|p' || true)
  at_least "${version:-0}" 1.20 || problem "GATEWAY=yes wants nginx 1.20 or newer${version:+ (it is $version)}" "install nginx (Debian, Ubuntu: apt install nginx-light), or set GATEWAY=no"
  [ -z "$NGINX_TLS_DIR" ] || { [ -r "$NGINX_TLS_DIR/server.crt" ] && [ -r "$NGINX_TLS_DIR/server.key" ]; } ||
    problem "NGINX_TLS_DIR=$NGINX_TLS_DIR has no server.crt and server.key that can be read" "lay a certificate and its key there, or set none"
}

check_ports() {
  local name kind given=" "
  for name in CONSUL_HTTP CONSUL_DNS CONSUL_RPC CONSUL_SERF NOMAD_HTTP NOMAD_RPC NOMAD_SERF MLFLOW PUSHGATEWAY PROMETHEUS NODE_EXPORTER BLACKBOX_EXPORTER ALERTMANAGER LOKI LOG_COLLECTOR GATEWAY; do
    [ "$name$GATEWAY" != GATEWAYno ] || continue
    kind=$name name=${name}_PORT
    [[ $given != *" ${!name} "* ]] || problem "$name is ${!name}, as another port is" "give each a port of its own in .env"
    given+="${!name} "
    case $kind in
      CONSUL_*) running consul && continue ;;
      NOMAD_*) running nomad && continue ;;
      *) [ -z "$(executors)" ] || continue ;; # ours, on Nomad
    esac
    ! listening "${!name}" || problem "port ${!name} ($name) is taken" "set $name to a free port in .env, or stop what listens there: ss -ltnp 'sport = :${!name}'"
  done
}

check_state() {
  [[ $state =~ ^[A-Za-z0-9_/.@+-]+$ ]] || problem "the state folder's path has characters that a job file would have to escape: $state" "set NOMAD_ML_STATE_DIR to a plainer one"
}

check_room() {
  local free_disk free_memory
  free_disk=$(df -Pk "$state_parent" | awk 'NR == 2 { print int($4 / 1048576) }')
  [ "$free_disk" -ge 5 ] || problem "only $free_disk GiB are free where the state lies ($state_parent)" "free 5 GiB, or set NOMAD_ML_STATE_DIR to another disk"
  [ -r /proc/meminfo ] || return 0
  free_memory=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
  running nomad || [ "$free_memory" -ge 2048 ] || problem "only $free_memory MiB of memory are free" "the platform takes about 1.5 GiB before the first training: end something else"
}

# Nobody has to set one without --docker; one that is set must be worth the name.
check_settings() {
  local name value
  for name in "${compose_secrets[@]}"; do
    value=$(in_file "$name")
    case $(tr '[:upper:]' '[:lower:]' <<<"$value") in
      "") ;;
      admin | password | secret | changeme | postgres | grafana | mlflow) problem "$name in .env is a word that everybody tries first" "delete its value, and ./setup.sh config init makes another" ;;
      *) [ ${#value} -ge 12 ] || problem "$name in .env has only ${#value} characters" "delete its value, and ./setup.sh config init makes another" ;;
    esac
  done
  if grep -Eqs '^[A-Z_]*(PASSWORD|SECRET_ACCESS_KEY|WEBHOOK_URL)=.' "$repository/.env" && [ -n "$(find "$repository/.env" \( -perm -040 -o -perm -004 \))" ]; then
    problem ".env holds secrets and can be read by others" "chmod 600 .env"
  fi
  [[ $LOGS =~ ^(yes|no)$ ]] || problem "LOGS is '$LOGS', neither yes nor no" "mend it in .env or in the environment"
  [[ $LOKI_RETENTION =~ ^[1-9][0-9]*d$ ]] || problem "LOKI_RETENTION is '$LOKI_RETENTION', not a number of days" "such as LOKI_RETENTION=15d"
  [[ $BACKUP_KEEP =~ ^[1-9][0-9]*$ ]] || problem "BACKUP_KEEP is '$BACKUP_KEEP', not a number of backups" "mend it in .env or in the environment"
  [ "$BACKUP_CRON" = no ] || [[ $BACKUP_CRON =~ ^[-0-9*,/]+(\ [-0-9*,/]+){4}$ ]] || problem "BACKUP_CRON is '$BACKUP_CRON', neither five fields of cron nor 'no'" "such as BACKUP_CRON=\"17 3 * * *\""
  [ -z "$BACKUP_PASSWORD_FILE" ] || [ -r "$BACKUP_PASSWORD_FILE" ] || problem "BACKUP_PASSWORD_FILE=$BACKUP_PASSWORD_FILE can't be read" "write a password into it (mode 600), or set none"
  [[ $BACKUP_REPOSITORY/ != "$state"/* ]] || problem "BACKUP_REPOSITORY lies in the state it is a copy of" "set it to a folder elsewhere, or to s3:https://host/bucket"
}

# For people to know; the platform starts without one too.
tell_gpus() {
  local found
  if command -v nvidia-smi >/dev/null; then
    found=$(nvidia-smi --query-gpu=name,memory.total --format=csv,noheader 2>/dev/null | paste -sd';' - || true)
    talk "  GPU: ${found:-nvidia-smi is here and finds none}"
    [ -z "$found" ] || [ -n "$NOMAD_ML_PLUGIN_DIR" ] || talk "  note: Nomad sees it when nomad-device-nvidia lies in a folder that NOMAD_ML_PLUGIN_DIR names"
  elif command -v rocm-smi >/dev/null; then
    talk "  note: an AMD GPU is nothing a job here can ask for: trainings use the CPU"
  fi
}

validate() {
  step "Looking for problems"
  check_system
  check_programs
  check_servers
  check_archives
  check_gateway
  check_ports
  check_state
  check_settings
  check_stores
  check_room
  tell_gpus
  if [ $problems -gt 0 ]; then
    talk "$problems $([ $problems = 1 ] && echo problem || echo problems)"
    return 1
  fi
  done_with "none found"
}
