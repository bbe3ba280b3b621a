# shellcheck shell=bash
# The verbs with --docker: docker-compose.yml does what agents and Nomad jobs do without it.

compose_secrets=(POSTGRES_PASSWORD GRAFANA_ADMIN_PASSWORD OBJECT_STORE_SECRET REDIS_PASSWORD)

compose() { compose_in "$repository" "$@"; }

compose_in() { # folder of docker-compose.yml, arguments …
  local folder=$1 files
  shift
  files=(-f "$folder/docker-compose.yml")
  [ ! -e "$folder/docker-compose.override.yml" ] || files+=(-f "$folder/docker-compose.override.yml")
  if docker compose version >/dev/null 2>&1; then
    docker compose --project-directory "$folder" "${files[@]}" "$@"
  else
    docker-compose --project-directory "$folder" "${files[@]}" "$@"
  fi
}

# The environment's, else .env's, else all; each profile is known, and no two want the same place.
choose_profiles() {
  local profile
  COMPOSE_PROFILES=${COMPOSE_PROFILES:-$(in_file COMPOSE_PROFILES)}
  export COMPOSE_PROFILES=${COMPOSE_PROFILES:-full}
  for profile in ${COMPOSE_PROFILES//,/ }; do
    case $profile in
      dev | postgres | external | train | gpu | serve | monitoring | full) ;;
      *) problem "no profile is called '$profile'" "COMPOSE_PROFILES in .env: dev, postgres, external, train, gpu, serve, monitoring, full" ;;
    esac
  done
  [ "$(tr , '\n' <<<"$COMPOSE_PROFILES" | grep -Ecx 'dev|postgres|external|full')" -le 1 ] ||
    problem "COMPOSE_PROFILES=$COMPOSE_PROFILES asks for two MLflows" "only one of dev, postgres, external and full"
  [ "$(tr , '\n' <<<"$COMPOSE_PROFILES" | grep -Ecx 'train|gpu|full')" -le 1 ] ||
    problem "COMPOSE_PROFILES=$COMPOSE_PROFILES asks for two Nomads" "only one of train, gpu and full; with GPUs: postgres,gpu,monitoring"
  [[ ,$COMPOSE_PROFILES, != *,serve,* || ,$COMPOSE_PROFILES, =~ ,(train|gpu|full), ]] ||
    problem "the profile serve has no Nomad to run models on" "with it train or gpu: COMPOSE_PROFILES=dev,train,serve"
  [[ ,$COMPOSE_PROFILES, != *,external,* ]] || { [ -n "${MLFLOW_BACKEND_STORE:-}" ] && [ -n "${MLFLOW_ARTIFACTS:-}" ]; } ||
    problem "the profile external wants to know which database and which bucket" "set MLFLOW_BACKEND_STORE and MLFLOW_ARTIFACTS in .env"
  # The driver that is in the image.
  export MLFLOW_BACKEND_STORE=${MLFLOW_BACKEND_STORE/#postgresql:/postgresql+psycopg2:}
}

# Where the daemon keeps volumes: nomad's data folder needs the same path inside and outside.
find_docker_root() {
  local root
  [ -z "${DOCKER_ROOT:-}" ] && ! grep -Eqs '^DOCKER_ROOT=.+' "$repository/.env" || return 0
  root=$(docker info -f '{{.DockerRootDir}}' 2>/dev/null) && [ -n "$root" ] || return 0
  export DOCKER_ROOT=$root
}

# Nomad as its container sees it, for what setup.sh asks of it without --docker too.
use_nomad_in_container() {
  nomad_service=$(compose ps --services 2>/dev/null | grep -Ex 'nomad|nomad-gpu') || return 1
  nomad() { compose exec -T "$nomad_service" nomad "$@" </dev/null; }
}

# Makes the secrets that are missing and changes none that is set.
make_secrets() {
  local name value file=$repository/.env
  [ -e "$file" ] || (umask 077 && : >"$file")
  for name in "${compose_secrets[@]}"; do
    [ -z "${!name:-}" ] || continue
    ! grep -Eq "^$name=.+" "$file" || continue
    value=$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')
    chmod 600 "$file"
    # An empty line of it is filled, anything else stays as it is.
    if grep -q "^$name=\$" "$file"; then
      (umask 077 && secret_name=$name secret=$value awk '$0 == ENVIRON["secret_name"] "=" { print $0 ENVIRON["secret"]; next } { print }' "$file" >"$file.new")
      cat "$file.new" >"$file" && rm -f "$file.new"
    else
      [ -z "$(tail -c 1 "$file")" ] || printf '\n' >>"$file"
      printf '%s=%s\n' "$name" "$value" >>"$file"
    fi
    done_with "$name made and written to .env"
  done
}

# Compose wants every secret even where it uses none; only `up` makes them.
use_no_secrets() {
  local name
  for name in "${compose_secrets[@]}"; do export "$name=unused"; done
  find_docker_root
  choose_profiles
}

compose_validate() {
  step "Looking for problems"
  command -v docker >/dev/null || problem "docker is not on PATH" "install Docker Engine (https://docs.docker.com/engine/install)"
  docker info >/dev/null 2>&1 || problem "the Docker daemon does not answer" "start it, or add yourself to the group docker"
  docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null ||
    problem "Docker Compose is not there" "install its plugin (https://docs.docker.com/compose/install)"
  choose_profiles
  check_settings
  check_room
  if [ $problems -gt 0 ]; then
    talk "$problems $([ $problems = 1 ] && echo problem || echo problems)"
    return 1
  fi
  done_with "none found"
}

# Of what Maven builds: the trainer and the model server that Nomad's jobs run in, and submit-job for the reconciler.
build_images() {
  step "Images of the trainer, the model server and submit-job"
  local module image target version
  version=$(project_version)
  for module in trainer serving scheduler; do
    build "$repository/$module/target/$module-$version.tar.gz" "$module"
    case $module in
      trainer | serving) image=nomad-ml/$module:$version target=(--target cpu) ;;
      scheduler) image=nomad-ml/submit-job:$version target=() ;;
    esac
    docker build --quiet "${target[@]}" --build-arg VERSION="$version" --tag "$image" "$repository/$module" >/dev/null ||
      fail "$image could not be built" "docker build ${target[*]} --build-arg VERSION=$version $module shows why"
    done_with "$image"
  done
}

compose_install() {
  compose_validate || fail "the platform can't be installed" "mend the above and type ./setup.sh install --docker again"
  make_state
  make_secrets
  find_docker_root
  step "Images"
  compose pull --ignore-buildable --policy missing || fail "Docker could not pull every image" "its reason is above"
  compose build || fail "MLflow's image could not be built" "its reason is above"
  build_images
}

compose_up() {
  [ ! -e "$state/compose/restoring" ] || fail "a restore was cut off" "./setup.sh down --volumes --docker, then ./setup.sh restore --docker begins it again"
  compose_validate || fail "the platform can't be started" "mend the above and type ./setup.sh up --docker again"
  make_state
  make_secrets
  find_docker_root
  step "Containers ($COMPOSE_PROFILES)"
  stop_others
  compose up --detach --build || fail "Docker Compose could not start the platform" "./setup.sh logs SERVICE --docker shows why"
  local service
  for service in $(compose config --services); do
    await_container "$service" || fail "$service did not become healthy within $NOMAD_ML_WAIT_SECONDS s" "./setup.sh logs $service --docker shows all of its log; then ./setup.sh up --docker goes on from here"
    done_with "$service is healthy"
  done
  if use_nomad_in_container; then
    build_images
    wait_for 60 undrain_node || fail "Nomad's node does not take jobs" "./setup.sh logs nomad --docker shows why"
    start_reconciler_in_container
    start_gateway_in_container
    start_backups_in_container
    resume_trainings
  fi
  remember_healthy
  compose_addresses
}

# As without Docker: a job of Nomad's, which talks to the daemon by its socket. Without Nomad nothing makes one by itself.
start_backups_in_container() {
  local name given="" output folders image
  image=nomad-ml/backup:$(project_version)
  if [ "$BACKUP_CRON" = no ]; then
    nomad job stop -detach nomad-ml-backup >/dev/null 2>&1 || true
    return
  fi
  step "Backups"
  docker build --quiet --tag "$image" --file "$repository/tools/setup/backup.Dockerfile" "$repository/tools" >/dev/null ||
    fail "$image could not be built" "docker build --file tools/setup/backup.Dockerfile tools shows why; or set BACKUP_CRON=no"
  folders="\"/var/run/docker.sock\",\"$repository\",\"$state\""
  if [[ $BACKUP_REPOSITORY == /* ]]; then mkdir -p "$BACKUP_REPOSITORY" && folders+=",\"$BACKUP_REPOSITORY\""; fi
  [ -z "$BACKUP_PASSWORD_FILE" ] || folders+=",\"$BACKUP_PASSWORD_FILE\""
  for name in COMPOSE_PROFILES NOMAD_ML_STATE_DIR BACKUP_REPOSITORY BACKUP_PASSWORD_FILE BACKUP_KEEP; do
    [[ ${!name} =~ ^[^\"\\\$%]*$ ]] || fail "$name has characters that a job file would have to escape: ${!name}" "choose a plainer one, or set BACKUP_CRON=no"
    given+="$name=\"${!name}\","
  done
  output=$(nomad job run -detach -var "image=$image" -var "setup=$repository/setup.sh" -var "cron=$BACKUP_CRON" -var "folders=[$folders]" \
    -var "settings={$given}" /etc/nomad-ml/platform/backup.nomad.hcl 2>&1) ||
    { talk "$output"; fail "Nomad refused nomad/platform/backup.nomad.hcl" "its reason is above"; }
  done_with "by '$BACKUP_CRON' (UTC), the newest $BACKUP_KEEP kept in $BACKUP_REPOSITORY"
}

# Of other profiles, from before COMPOSE_PROFILES was changed. The registrar forgets them when it starts anew.
stop_others() {
  local service wanted
  wanted=$(compose config --services)
  for service in $(COMPOSE_PROFILES='*' compose ps --all --services 2>/dev/null); do
    grep -Fxq "$service" <<<"$wanted" || COMPOSE_PROFILES='*' compose rm --stop --force "$service" registrar
  done
}

await_container() { # service
  wait_for "$NOMAD_ML_WAIT_SECONDS" compose_healthy "$1" && return
  compose logs --tail 15 "$1" >&2
  return 1
}

start_reconciler_in_container() {
  step "Reconciler"
  local output
  output=$(nomad job run -detach -var submit_job=submit-job -var "image=nomad-ml/submit-job:$(project_version)" \
    -var nomad=http://172.31.77.11:4646 -var consul=http://172.31.77.10:8500 /etc/nomad-ml/platform/reconciler.nomad.hcl 2>&1) ||
    { talk "$output"; fail "Nomad refused nomad/platform/reconciler.nomad.hcl" "its reason is above"; }
  done_with "runs every minute"
}

# Behind the nginx that is in front of all, which is where TLS ends; its address is that of nginx/nginx.conf.
start_gateway_in_container() {
  local output image
  if ! [[ ,$COMPOSE_PROFILES, =~ ,(serve|full), ]]; then
    nomad job stop -detach gateway >/dev/null 2>&1 || true
    return
  fi
  step "Gateway"
  image=$(compose config --images nginx | grep '^nginx:')
  output=$(nomad job run -detach -var "image=$image" -var network=nomad-ml -var address=172.31.77.12 -var trusted=172.31.77.28 \
    -var folder=/etc/nomad-ml/platform/gateway /etc/nomad-ml/platform/gateway.nomad.hcl 2>&1) ||
    { talk "$output"; fail "Nomad refused nomad/platform/gateway.nomad.hcl" "its reason is above"; }
  wait_for "$NOMAD_ML_WAIT_SECONDS" passing gateway || fail "the gateway did not become healthy within $NOMAD_ML_WAIT_SECONDS s" "docker compose exec $nomad_service nomad job status gateway shows why"
  done_with "served models are below http://127.0.0.1:$GATEWAY_PORT/models"
}

compose_addresses() {
  local services
  services=$(compose config --services)
  printf '\nAll of it is behind http://127.0.0.1:%s\n' "$GATEWAY_PORT"
  ! grep -Fxq grafana <<<"$services" || printf 'Grafana wants user admin and the password in .env.\n'
  ! grep -Eqx 'nomad|nomad-gpu' <<<"$services" || { [[ ,$COMPOSE_PROFILES, =~ ,(dev|postgres|external|full), ]] && printf '\nNow type:\n  ./submit-job examples/digits.yaml\n'; }
}

undrain_node() { nomad node drain -self -disable -yes >/dev/null 2>&1; }

# Nomad does not start again what a drain ended. The reconciler would, within a minute; this says so to who waits.
resume_trainings() {
  own_servers "$repository/submit-job" doctor --fix >&2 || talk "  ./submit-job doctor says what is not as it should be"
}

own_servers() { NOMAD_ADDR=$nomad_address CONSUL_HTTP_ADDR=$consul_address MLFLOW_TRACKING_URI=http://127.0.0.1:$MLFLOW_PORT "$@"; }

# One without a health check of its own is well when it runs.
container_health() { # container
  docker inspect -f '{{if .State.Health}}{{.State.Health.Status}}{{else if .State.Running}}healthy{{else}}{{.State.Status}}{{end}}' "$1" 2>/dev/null
}

compose_healthy() { # service
  local id
  id=$(compose ps --all --quiet "$1" 2>/dev/null) && [ -n "$id" ] && [ "$(container_health "$id")" = healthy ]
}

# All profiles: whatever there is goes.
compose_down() {
  use_no_secrets
  if use_nomad_in_container && compose_healthy "$nomad_service"; then
    step "Jobs"
    nomad job stop -detach nomad-ml-reconciler >/dev/null 2>&1 || true
    nomad job stop -detach nomad-ml-backup >/dev/null 2>&1 || true
    drain_node "the next ./setup.sh up --docker starts it again"
    done_with "stopped"
  fi
  if [ "$volumes" = yes ]; then
    COMPOSE_PROFILES='*' compose down --volumes
    rm -rf "$state/compose"
  else
    COMPOSE_PROFILES='*' compose down
  fi
}

compose_status() {
  local service id health since image address well=0 colour ends=""
  use_no_secrets
  [ "$json" = no ] || printf '['
  for service in $(compose config --services); do
    id=$(compose ps --all --quiet "$service" 2>/dev/null || true)
    health=$(container_health "${id:-none}") || health=missing
    read -r since image < <(docker inspect -f '{{slice .State.StartedAt 0 19}}Z {{.Config.Image}}' "${id:-none}" 2>/dev/null || echo - -)
    address=$(docker inspect -f '{{range $port, $bound := .NetworkSettings.Ports}}{{range $bound}}{{.HostIp}}:{{.HostPort}} {{end}}{{end}}' "${id:-none}" 2>/dev/null | cut -d' ' -f1 || true)
    [ "$health" = healthy ] || well=1
    if [ "$json" = yes ]; then
      printf '%s\n  {"name": "%s", "health": "%s", "well": %s, "since": "%s", "image": "%s", "address": "%s"}' "$ends" "$service" "$health" "$([ "$health" = healthy ] && echo true || echo false)" "$since" "$image" "$address"
      ends=,
    else
      [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && colour=$([ "$health" = healthy ] && printf '\033[32m' || printf '\033[31m') || colour=""
      printf '%-18s %s%-9s%s %-21s %-16s %s\n' "$service" "$colour" "$health" "${colour:+$'\033[0m'}" "$since" "${address:--}" "$image"
    fi
  done
  [ "$json" = no ] || printf '\n]\n'
  return $well
}

compose_restart() {
  local services=("$word")
  use_no_secrets
  # shellcheck disable=SC2207  # names of services have no spaces
  [ -n "$word" ] || services=($(compose config --services))
  for word in "${services[@]}"; do
    step "$word"
    compose restart "$word" || fail "Docker Compose could not restart $word" "./setup.sh status --docker shows what is there"
    wait_for "$NOMAD_ML_WAIT_SECONDS" compose_healthy "$word" || fail "$word did not become healthy within $NOMAD_ML_WAIT_SECONDS s" "./setup.sh logs $word --docker"
    done_with "$word is healthy"
  done
}

compose_clean() {
  [ "$volumes" = yes ] || fail "without --volumes there is nothing to clean" "docker image prune deletes old images"
  agreed "delete all data in the volumes nomad-ml-*: runs, models, metrics, Nomad's and Consul's state?" || return 0
  compose_down
}

compose_logs() {
  [ -n "$word" ] || misused "which service?"
  use_no_secrets
  if [ "$follow_logs" = yes ]; then compose logs --tail 200 --follow "$word"; else compose logs --tail 200 "$word"; fi
}
