# shellcheck shell=bash
# backup, restore and update with --docker. What is mounted where in restic's container: /kept/staging what the servers
# gave, /kept/<volume> the volumes that are copied as files.

restic_image=restic/restic:0.18.1

# Those there are, which depends on the profiles.
kept_volumes() { docker volume ls --quiet | sed -n -E 's/^nomad-ml-(objects|mlflow|grafana)$/\1/p'; }

compose_running() { [ -n "$(compose ps --quiet "$1" 2>/dev/null)" ]; }

inside() { # service, script
  compose exec -T "$1" sh -c "$2" </dev/null
}

nomad_data() { echo "${DOCKER_ROOT:-$(in_file DOCKER_ROOT)}/volumes/nomad-ml-nomad/_data"; }

# restic beside the volumes, with the network of a bucket in the compose network, if it is there.
restic_in_container() { # ro or rw, arguments of restic …
  local mode=$1 volume options=(--rm --interactive --workdir /kept)
  shift
  docker network inspect nomad-ml >/dev/null 2>&1 && options+=(--network nomad-ml)
  for volume in $(kept_volumes); do options+=(--volume "nomad-ml-$volume:/kept/$volume:$mode"); done
  options+=(--volume "$state/compose/staging:/kept/staging:$mode")
  if [[ $BACKUP_REPOSITORY == /* ]]; then
    mkdir -p "$BACKUP_REPOSITORY"
    options+=(--volume "$BACKUP_REPOSITORY:/repository" --env RESTIC_REPOSITORY=/repository)
  else
    options+=(--env "RESTIC_REPOSITORY=$BACKUP_REPOSITORY")
  fi
  if [ -n "$BACKUP_PASSWORD_FILE" ]; then
    options+=(--volume "$BACKUP_PASSWORD_FILE:/password:ro" --env RESTIC_PASSWORD_FILE=/password)
    docker run "${options[@]}" "$restic_image" --no-cache --retry-lock 5m --quiet "$@" </dev/null
    return
  fi
  # Names alone: docker takes the values from its environment, not from the arguments everybody sees.
  AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY \
    docker run "${options[@]}" --env AWS_ACCESS_KEY_ID --env AWS_SECRET_ACCESS_KEY "$restic_image" \
    --no-cache --retry-lock 5m --quiet --insecure-no-password "$@" </dev/null
}

# A shell beside the same volumes.
beside_volumes() { # script, further options of docker run …
  local script=$1 volume options=(--rm --entrypoint /bin/sh)
  shift
  for volume in $(kept_volumes); do options+=(--volume "nomad-ml-$volume:/kept/$volume"); done
  docker run "${options[@]}" --volume "$state/compose/staging:/kept/staging" "$@" "$restic_image" -c "$script" </dev/null
}

# The order is that of backup.sh: checkpoints are linked, then the database, then all that is a file.
compose_backup() {
  local staging=$state/compose/staging bytes textfile
  make_state
  find_docker_root
  choose_profiles
  mkdir -p "$staging"
  if [ "$list" = yes ]; then
    if [ "$json" = yes ]; then restic_in_container ro snapshots --json --tag nomad-ml-docker; else restic_in_container ro snapshots --tag nomad-ml-docker; fi
    return
  fi
  use_no_secrets
  compose_healthy consul || fail "Consul must run to be backed up" "./setup.sh up --docker starts it"
  step "Backup"
  exec 8>"$state/compose/backup.lock"
  flock -n 8 || fail "another backup is being made" "wait for it: ./setup.sh backup --list --docker shows when it is there"
  # It holds .env and Nomad's keys: gone whatever happens.
  trap 'rm -rf "$state/compose/staging"' EXIT
  rm -rf "$staging" && mkdir -p "$staging" && chmod 700 "$staging"
  # $0: where the artifacts are, $1: where the links go.
  local link_checkpoints='cd "$0" && rm -rf "$1" && find . -type d -path "*/artifacts/checkpoints" -prune | while read -r folder; do mkdir -p "$1/${folder%/*}" && cp -al "$folder" "$1/${folder%/*}/" 2>/dev/null; done; true'
  if compose_running object-store; then
    inside object-store "sh -c '$link_checkpoints' /data/objects /data/links"
    inside postgres 'pg_dump --username=mlflow --format=custom mlflow' >"$staging/mlflow.dump" || fail "Postgres gave no dump" "./setup.sh logs postgres --docker"
  elif compose_running mlflow-sqlite; then
    inside mlflow-sqlite "sh -c '$link_checkpoints' /var/lib/mlflow/artifacts /var/lib/mlflow/links"
    inside mlflow-sqlite 'python -c "
import sqlite3
with sqlite3.connect(\"file:/var/lib/mlflow/mlflow.db?mode=ro\", uri=True) as source, sqlite3.connect(\"/tmp/copy.db\") as copy:
    source.backup(copy)" && cat /tmp/copy.db && rm /tmp/copy.db' >"$staging/mlflow.db" || fail "MLflow's database could not be copied" "./setup.sh logs mlflow-sqlite --docker"
  elif compose_running mlflow-external; then
    talk "  note: MLflow's database and bucket are not ours and not in it: back them up where they run"
  fi
  inside consul 'consul snapshot save /tmp/snapshot >/dev/null && cat /tmp/snapshot && rm /tmp/snapshot' >"$staging/consul.snap" || fail "Consul gave no snapshot" "./setup.sh logs consul --docker"
  inside consul 'cat /consul/data/node-id' >"$staging/consul-node-id"
  if use_nomad_in_container; then
    inside "$nomad_service" 'nomad operator snapshot save /tmp/snapshot >/dev/null && cat /tmp/snapshot && rm /tmp/snapshot' >"$staging/nomad.snap" || fail "Nomad gave no snapshot" "./setup.sh logs nomad --docker"
    inside "$nomad_service" "cat '$(nomad_data)/client/client-id'" >"$staging/nomad-node-id"
    inside "$nomad_service" "tar -C '$(nomad_data)/server' -cf - keystore" >"$staging/nomad-keystore.tar"
  fi
  copy_configuration "$staging"
  echo "$COMPOSE_PROFILES" >"$staging/profiles"
  # Made first: asked about a bucket that is not there, restic tries again for a quarter of an hour.
  restic_in_container ro init >/dev/null 2>&1 || restic_in_container ro cat config >/dev/null || fail "$BACKUP_REPOSITORY can't keep backups" "mend the above, or set BACKUP_REPOSITORY to another folder or bucket"
  # shellcheck disable=SC2046  # names without spaces
  restic_in_container ro backup --tag nomad-ml-docker --group-by tags --host nomad-ml \
    --exclude 'objects/objects/mlflow/*/*/artifacts/checkpoints' --exclude 'mlflow/artifacts/*/*/artifacts/checkpoints' --exclude 'mlflow/mlflow.db*' \
    staging $(kept_volumes) || fail "restic could not make the backup" "its reason is above; older backups are as they were"
  restic_in_container ro forget --tag nomad-ml-docker --group-by tags --keep-last "$BACKUP_KEEP" --prune >/dev/null ||
    fail "the backup is made, older ones could not be deleted" "its reason is above"
  bytes=$(restic_in_container ro stats --mode raw-data --json | sed -n 's/.*"total_size":\([0-9]*\).*/\1/p')
  rm -rf "$staging" && mkdir -p "$staging"
  NOMAD_ML_TEXTFILE_DIR=$staging "$repository/tools/textfile" backup "$bytes"
  textfile=${NOMAD_ML_TEXTFILE_DIR:-$(in_file NOMAD_ML_TEXTFILE_DIR)}
  beside_volumes 'cp /kept/staging/*.prom /textfile/' --volume "${textfile:-nomad-ml-textfile}:/textfile"
  rm -rf "$staging"
  done_with "kept in $BACKUP_REPOSITORY, $((bytes / 1048576)) MiB with those before it"
}

# For a machine that has none of the volumes yet; one that was cut off begins again after down --volumes.
compose_restore() {
  local staging=$state/compose/staging service profiles
  compose_validate || fail "the platform can't be started" "mend the above and type ./setup.sh restore --docker again"
  [ -z "$(docker volume ls --quiet --filter label=com.docker.compose.project=nomad-ml)" ] ||
    fail "the volumes of a platform are there already" "./setup.sh down --volumes --docker deletes them"
  make_state
  make_secrets
  find_docker_root
  step "Restore"
  rm -rf "$staging" && mkdir -p "$staging" && chmod 700 "$staging"
  profiles=$(restic_in_container ro dump --tag nomad-ml-docker "${word:-latest}" staging/profiles) ||
    fail "no backup could be read from $BACKUP_REPOSITORY" "./setup.sh backup --list --docker shows what is there"
  [ "$profiles" = "$COMPOSE_PROFILES" ] ||
    fail "the backup is of the profiles $profiles, not $COMPOSE_PROFILES" "COMPOSE_PROFILES=$profiles ./setup.sh restore --docker"
  touch "$state/compose/restoring"
  compose up --no-start --build || fail "Docker Compose could not make the containers" "its reason is above"
  restic_in_container rw restore --tag nomad-ml-docker --target /kept --verify "${word:-latest}" ||
    fail "the backup could not be read as it was written" "its reason is above; ./setup.sh backup --list --docker shows others"
  beside_volumes '
    put_back() { # links, folder of the artifacts
      [ -d "$1" ] || return 0
      cd "$1" && find . -type d -path "*/artifacts/checkpoints" -prune | while read -r folder; do mkdir -p "$2/${folder%/*}" && mv "$folder" "$2/${folder%/*}/"; done
      rm -rf "$1"
    }
    set -e
    put_back /kept/objects/links /kept/objects/objects
    put_back /kept/mlflow/links /kept/mlflow/artifacts
    if [ -e /kept/staging/mlflow.db ]; then cp /kept/staging/mlflow.db /kept/mlflow/ && chown 10001 /kept/mlflow/mlflow.db; fi
    cp /kept/staging/consul-node-id /consul/node-id
    if [ -e /kept/staging/nomad-keystore.tar ]; then mkdir -p /nomad/server && tar -C /nomad/server -xf /kept/staging/nomad-keystore.tar; fi' \
    --volume nomad-ml-consul:/consul --volume nomad-ml-nomad:/nomad || fail "what was read could not be laid into the volumes" "its reason is above"
  done_with "files verified and laid in the volumes"
  for service in $(compose config --services | grep -Ex 'consul|postgres|nomad|nomad-gpu'); do
    compose up --detach "$service" && await_container "$service" || fail "$service did not become healthy" "./setup.sh logs $service --docker"
  done
  compose exec -T consul sh -c 'cat >/tmp/snapshot && consul snapshot restore /tmp/snapshot' <"$staging/consul.snap" >/dev/null || fail "Consul did not take its snapshot" "./setup.sh logs consul --docker"
  [ ! -e "$staging/mlflow.dump" ] || compose exec -T postgres pg_restore --username=mlflow --dbname=mlflow --no-owner --exit-on-error <"$staging/mlflow.dump" ||
    fail "Postgres did not take its dump" "./setup.sh logs postgres --docker"
  if use_nomad_in_container && [ -e "$staging/nomad.snap" ]; then
    compose exec -T "$nomad_service" sh -c 'cat >/tmp/snapshot && nomad operator snapshot restore /tmp/snapshot' <"$staging/nomad.snap" >/dev/null || fail "Nomad did not take its snapshot" "./setup.sh logs nomad --docker"
    wait_for 60 undrain_node || fail "Nomad did not come back with its snapshot" "./setup.sh logs nomad --docker"
    forget_node "$(cat "$staging/nomad-node-id")"
  fi
  rm -rf "$staging" "$state/compose/restoring"
  done_with "Consul, Nomad and MLflow know again what they knew"
  compose_up
}

# A copy of all that the containers are made of and mount, to go back to.
remember_healthy() {
  local healthy=$state/compose/healthy file
  rm -rf "$healthy.new" && mkdir -p "$healthy.new" && chmod 700 "$healthy.new"
  for file in .env docker-compose.yml docker-compose.override.yml consul nomad prometheus grafana loki nginx tools; do
    [ ! -e "$repository/$file" ] || cp -R "$repository/$file" "$healthy.new/"
  done
  rm -rf "$healthy" && mv "$healthy.new" "$healthy"
}

# Whether a file that the service mounts is another than when all was last well.
mounts_changed() { # service
  local source
  while read -r source; do
    case $source in
      "$repository"/*) diff -rq "$source" "$state/compose/healthy/${source#"$repository"/}" >/dev/null 2>&1 || return 0 ;;
    esac
  done < <(docker inspect -f '{{range .Mounts}}{{println .Source}}{{end}}' "$(compose ps --all --quiet "$1")" 2>/dev/null)
  return 1
}

# One service after the other; the first that does not become healthy gives way to what was there, and ends it.
compose_update() {
  local service again
  [ -e "$state/compose/healthy" ] || fail "nothing is known to go back to" "./setup.sh up --docker, once, notes it"
  compose_validate || fail "the platform can't be updated" "mend the above and type ./setup.sh update --docker again"
  make_secrets
  find_docker_root
  step "Images"
  compose pull --ignore-buildable --policy missing || fail "Docker could not pull every image" "its reason is above; nothing was stopped"
  compose build || fail "MLflow's image could not be built" "its reason is above; nothing was stopped"
  [ "$BACKUP_CRON" = no ] || (compose_backup)
  for service in $(compose config --services); do
    step "$service"
    again=()
    ! mounts_changed "$service" || again=(--force-recreate)
    if compose up --detach --no-deps "${again[@]}" "$service" && await_container "$service"; then
      done_with "$service is healthy"
      continue
    fi
    local now="the one before runs again"
    compose_in "$state/compose/healthy" up --detach --no-deps --force-recreate "$service" && await_container "$service" || now="the one before is not healthy either"
    fail "the new $service did not become healthy; $now" "the lines above are the last of its log; what came before it is updated, nothing after it was touched"
  done
  compose_up
}
