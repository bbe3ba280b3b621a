# shellcheck shell=bash
# The verbs with --docker: docker-compose.yml does what agents and Nomad jobs do without it.

compose_secrets=(POSTGRES_PASSWORD GRAFANA_ADMIN_PASSWORD)

compose() {
  if docker compose version >/dev/null 2>&1; then
    docker compose --project-directory "$repository" -f "$repository/docker-compose.yml" "$@"
  else
    docker-compose --project-directory "$repository" -f "$repository/docker-compose.yml" "$@"
  fi
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
  nomad() { compose exec -T nomad nomad "$@" </dev/null; }
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
}

compose_validate() {
  step "Looking for problems"
  command -v docker >/dev/null || problem "docker is not on PATH" "install Docker Engine (https://docs.docker.com/engine/install)"
  docker info >/dev/null 2>&1 || problem "the Docker daemon does not answer" "start it, or add yourself to the group docker"
  docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null ||
    problem "Docker Compose is not there" "install its plugin (https://docs.docker.com/compose/install)"
  check_settings
  check_room
  if [ $problems -gt 0 ]; then
    talk "$problems $([ $problems = 1 ] && echo problem || echo problems)"
    return 1
  fi
  done_with "none found"
}

trainer_image() { echo "nomad-ml/trainer:$(project_version)"; }

build_trainer_image() {
  step "Trainer image"
  local archive version log
  version=$(project_version)
  log=$(mktemp)
  archive=$repository/trainer/target/trainer-$version.tar.gz
  [ -e "$archive" ] || (cd "$repository" && mvn -B -q -ntp package -DskipTests -pl trainer -am >"$log" 2>&1) || true
  [ -e "$archive" ] || { tail -n 15 "$log" >&2; fail "$archive is missing" "mvn -q package -DskipTests makes it; the rest of the platform is up"; }
  docker build --quiet --target cpu --build-arg VERSION="$version" --tag "$(trainer_image)" "$repository/trainer" >/dev/null ||
    fail "$(trainer_image) could not be built" "docker build --target cpu --build-arg VERSION=$version trainer shows why"
  rm -f "$log"
  done_with "$(trainer_image)"
}

compose_up() {
  compose_validate || fail "the platform can't be started" "mend the above and type ./setup.sh up --docker again"
  make_secrets
  find_docker_root
  step "Containers"
  compose up --detach --build || fail "Docker Compose could not start the platform" "./setup.sh logs SERVICE --docker shows why"
  local service
  for service in $(compose config --services); do
    wait_for "$NOMAD_ML_WAIT_SECONDS" compose_healthy "$service" || {
      compose logs --tail 15 "$service" >&2
      fail "$service did not become healthy within $NOMAD_ML_WAIT_SECONDS s" "./setup.sh logs $service --docker shows all of its log; then ./setup.sh up --docker goes on from here"
    }
    done_with "$service is healthy"
  done
  build_trainer_image
  use_nomad_in_container
  wait_for 60 undrain_node || fail "Nomad's node does not take jobs" "./setup.sh logs nomad --docker shows why"
  resume_trainings
  addresses
  printf '\nAll of it is behind http://127.0.0.1:%s; Grafana wants user admin and the password in .env.\n' "$(gateway_port)"
}

gateway_port() {
  local port=${GATEWAY_PORT:-$(in_file GATEWAY_PORT)}
  echo "${port:-8080}"
}

undrain_node() { nomad node drain -self -disable -yes >/dev/null 2>&1; }

# No reconciler runs here, and Nomad does not start again what a drain ended.
resume_trainings() {
  own_servers "$repository/submit-job" doctor --fix >&2 || talk "  ./submit-job doctor says what is not as it should be"
}

own_servers() { NOMAD_ADDR=$nomad_address CONSUL_HTTP_ADDR=$consul_address MLFLOW_TRACKING_URI=http://127.0.0.1:$MLFLOW_PORT "$@"; }

compose_healthy() {
  local id
  id=$(compose ps -q "$1" 2>/dev/null) && [ -n "$id" ] && [ "$(docker inspect -f '{{.State.Health.Status}}' "$id")" = healthy ]
}

compose_down() {
  use_no_secrets
  if compose_healthy nomad; then
    step "Jobs"
    use_nomad_in_container
    drain_node "the next ./setup.sh up --docker starts it again"
    done_with "stopped"
  fi
  if [ "$volumes" = yes ]; then compose down --volumes; else compose down; fi
}

compose_status() {
  local service id fields well=0 colour ends
  use_no_secrets
  [ "$json" = no ] || printf '['
  for service in $(compose config --services); do
    id=$(compose ps -q "$service" 2>/dev/null || true)
    fields=$(docker inspect -f '{{.State.Health.Status}} {{slice .State.StartedAt 0 19}}Z {{.Config.Image}}' "${id:-none}" 2>/dev/null) || fields="missing - -"
    set -- $fields # health, since, image
    [ "$1" = healthy ] || well=1
    if [ "$json" = yes ]; then
      printf '%s\n  {"name": "%s", "health": "%s", "well": %s, "since": "%s", "image": "%s"}' "${ends-}" "$service" "$1" "$([ "$1" = healthy ] && echo true || echo false)" "$2" "$3"
      ends=,
    else
      [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && colour=$([ "$1" = healthy ] && printf '\033[32m' || printf '\033[31m') || colour=""
      printf '%-18s %s%-13s%s %-21s %s\n' "$service" "$colour" "$1" "${colour:+$'\033[0m'}" "$2" "$3"
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
