# shellcheck shell=bash
# Copies of what the platform knows, kept by restic: what Consul and Nomad hold, MLflow's database and artifacts, and
# the configuration. Of Prometheus the configuration only.

find_restic() {
  restic_folder=$("$repository/tools/install" --only restic | sed 's/^restic=//') && [ -n "$restic_folder" ] || exit 1
}

restic() {
  local secret=(--insecure-no-password) access=()
  [ -z "$BACKUP_PASSWORD_FILE" ] || secret=(--password-file "$BACKUP_PASSWORD_FILE")
  [ -z "$AWS_ACCESS_KEY_ID" ] || access=("AWS_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID" "AWS_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY")
  # Not by `env`, whose arguments everybody sees.
  (
    [ ${#access[@]} = 0 ] || export "${access[@]}"
    exec "$restic_folder/restic" --repo "$BACKUP_REPOSITORY" --retry-lock 5m --quiet "${secret[@]}" "$@"
  )
}

consul() { CONSUL_HTTP_ADDR=$consul_address command "$consul_folder/consul" "$@"; }

# SQLite's own way of copying a database that is in use.
copy_database() { # from, to
  python3 -c '
import sqlite3, sys
with sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True) as source, sqlite3.connect(sys.argv[2]) as copy:
    source.backup(copy)' "$1" "$2"
}

# As links: a checkpoint is written once. One that is deleted meanwhile is no loss, others are kept for that.
link_checkpoints() { # artifacts, to
  python3 -c '
import os, pathlib, shutil, sys
artifacts, target = map(pathlib.Path, sys.argv[1:])
for checkpoints in artifacts.glob("*/*/artifacts/checkpoints"):
    for folder, _, files in os.walk(checkpoints):
        copy = target / pathlib.Path(folder).relative_to(artifacts)
        copy.mkdir(parents=True, exist_ok=True)
        for file in files:
            try:
                os.link(pathlib.Path(folder, file), copy / file)
            except FileNotFoundError:
                pass
            except OSError: # another file system
                shutil.copy2(pathlib.Path(folder, file), copy / file)' "$1" "$2"
}

# Nomad's snapshot leaves out the keys that its variables are encrypted with; its node is told apart by its id.
copy_agents() { # to
  consul snapshot save "$1/consul.snap" >/dev/null || fail "Consul gave no snapshot" "./setup.sh logs consul"
  nomad operator snapshot save "$1/nomad.snap" >/dev/null || fail "Nomad gave no snapshot" "./setup.sh logs nomad"
  cp "$state/consul/data/node-id" "$1/consul-node-id"
  cp "$state/nomad/data/client/client-id" "$1/nomad-node-id"
  cp -R "$state/nomad/data/server/keystore" "$1/nomad-keystore"
}

copy_configuration() { # to
  mkdir "$1/configuration"
  [ ! -e "$repository/.env" ] || cp "$repository/.env" "$1/configuration/env"
  (cd "$repository" && cp -R consul nomad prometheus grafana loki nginx docker-compose.yml "$1/configuration/")
}

# What a run names is there before it and never changes, so artifacts come after the database. Checkpoints come before
# it: a training that went on from a newer one than the database knows of would leave a gap in its metrics.
backup() {
  local artifacts=$state/platform/mlflow/artifacts copy=$state/backup bytes
  if [ "$list" = yes ]; then
    find_restic
    if [ "$json" = yes ]; then restic snapshots --json --tag nomad-ml; else restic snapshots --tag nomad-ml; fi
    return
  fi
  { find_nomad && running nomad && nomad_healthy && running consul && consul_healthy; } ||
    fail "Consul and Nomad must run to be backed up" "./setup.sh up starts them"
  step "Backup"
  find_restic
  consul_folder=$("$repository/tools/install" --paths --only consul | sed 's/^consul=//')
  exec 8>"$state/backup.lock"
  flock -n 8 || fail "another backup is being made" "wait for it: ./setup.sh backup --list shows when it is there"
  trap 'rm -rf "$state/backup"' EXIT
  rm -rf "$copy" && (umask 077 && mkdir "$copy")
  copy_agents "$copy"
  mkdir -p "$artifacts"
  link_checkpoints "$artifacts" "$copy/checkpoints"
  if [ -z "$MLFLOW_BACKEND_STORE" ]; then
    copy_database "$state/platform/mlflow/mlflow.db" "$copy/mlflow.db"
  elif [ "$BACKUP_DATABASE" != no ]; then
    own_postgres || fail "MLflow's database is ${MLFLOW_BACKEND_STORE%%:*}, which is not backed up here: no backup is made" "BACKUP_DATABASE=no in .env, where you back it up yourself"
    copy_postgres "$copy/mlflow.dump"
  fi
  copy_configuration "$copy"
  # Made first: asked about a bucket that is not there, restic tries again for a quarter of an hour.
  (umask 077 && restic init >/dev/null 2>&1) || restic cat config >/dev/null ||
    fail "$BACKUP_REPOSITORY can't keep backups" "mend the above, or set BACKUP_REPOSITORY to another folder or bucket"
  # Relative paths: they are restored to whatever folder state lies in then.
  (cd "$state" && restic backup --tag nomad-ml --group-by tags --exclude 'mlflow/artifacts/*/*/artifacts/checkpoints' backup platform/mlflow/artifacts) ||
    fail "restic could not make the backup" "its reason is above; older backups are as they were"
  restic forget --tag nomad-ml --group-by tags --keep-last "$BACKUP_KEEP" --prune >/dev/null ||
    fail "the backup is made, older ones could not be deleted" "its reason is above"
  bytes=$(restic stats --mode raw-data --json | sed -n 's/.*"total_size":\([0-9]*\).*/\1/p')
  NOMAD_ML_TEXTFILE_DIR=$state/platform/textfile "$repository/tools/textfile" backup "$bytes"
  done_with "kept in $BACKUP_REPOSITORY, $((bytes / 1048576)) MiB with those before it"
  [ -z "$MLFLOW_BACKEND_STORE" ] || [ "$BACKUP_DATABASE" != no ] || talk "  note: MLflow's database is not in it (BACKUP_DATABASE=no): back it up where it runs"
  ! own_bucket || talk "  note: artifacts are not in it: they lie in $MLFLOW_ARTIFACTS: let its server keep versions or copies"
}

# For an installation that holds nothing yet; one that was cut off begins again.
restore() {
  local from=$state/restore
  find_restic
  if [ -e "$state/restoring" ]; then
    stop_all
    rm -rf "$state/nomad" "$state/consul" "$state/platform" "$from"
  fi
  [ ! -e "$state/nomad/data" ] && [ ! -e "$state/platform/mlflow" ] ||
    fail "$state holds a platform already" "./setup.sh clean --volumes deletes it; or set NOMAD_ML_STATE_DIR to another folder"
  validate || fail "the platform can't be started" "mend the above and type ./setup.sh restore again"
  ! own_postgres || [ "$BACKUP_DATABASE" = no ] || check_empty_postgres
  make_state
  step "Restore"
  rm -rf "$from"
  restic restore --tag nomad-ml --target "$from" --verify "${word:-latest}" || {
    rm -rf "$from"
    fail "no backup could be read from $BACKUP_REPOSITORY" "./setup.sh backup --list shows what is there"
  }
  check_database_of "$from/backup"
  # From here to its removal nothing else may use the state: see up. It names the database that was found empty.
  printf '%s' "$MLFLOW_BACKEND_STORE" >"$state/restoring"
  mkdir -p "$state/platform/mlflow" "$state/nomad/data/server" "$state/consul/data"
  chmod 700 "$state/consul" "$state/platform"
  mv "$from/platform/mlflow/artifacts" "$state/platform/mlflow/artifacts"
  [ ! -e "$from/backup/checkpoints" ] || cp -R "$from/backup/checkpoints/." "$state/platform/mlflow/artifacts/"
  [ ! -e "$from/backup/mlflow.db" ] || mv "$from/backup/mlflow.db" "$state/platform/mlflow/mlflow.db"
  mv "$from/backup/nomad-keystore" "$state/nomad/data/server/keystore"
  mv "$from/backup/consul-node-id" "$state/consul/data/node-id"
  done_with "files verified and laid in $state"
  if [ -e "$from/backup/mlflow.dump" ] && [ "$BACKUP_DATABASE" != no ]; then
    restore_postgres "$from/backup/mlflow.dump"
    done_with "MLflow's database is back in Postgres"
  fi
  obtain_servers
  start_agents
  consul snapshot restore "$from/backup/consul.snap" >/dev/null || fail "Consul did not take its snapshot" "./setup.sh logs consul"
  wait_for 60 forget_services || fail "Consul did not come back with its snapshot" "./setup.sh logs consul"
  nomad operator snapshot restore "$from/backup/nomad.snap" >/dev/null || fail "Nomad did not take its snapshot" "./setup.sh logs nomad"
  wait_for 60 nomad_healthy || fail "Nomad did not come back with its snapshot" "./setup.sh logs nomad"
  forget_node "$(cat "$from/backup/nomad-node-id")"
  rm -rf "$from" "$state/restoring"
  done_with "Consul and Nomad know again what they knew"
  up
}

# A backup's database goes where the settings say that MLflow has its own.
check_database_of() { # backup
  local kind=SQLite
  [ ! -e "$1/mlflow.dump" ] || kind=Postgres
  if [ "$BACKUP_DATABASE" = no ] && [ -n "$MLFLOW_BACKEND_STORE" ]; then
    talk "  note: MLflow's database is left as it is (BACKUP_DATABASE=no): bring it back where it runs"
  elif own_postgres && [ ! -e "$1/mlflow.dump" ]; then
    fail "the backup holds no database of Postgres" "without MLFLOW_BACKEND_STORE SQLite's is brought back; BACKUP_DATABASE=no, where you have brought it back yourself"
  elif [ -z "$MLFLOW_BACKEND_STORE" ] && [ ! -e "$1/mlflow.db" ]; then
    fail "the backup's MLflow had a database of its own ($kind in it)" "set MLFLOW_BACKEND_STORE to an empty database of Postgres"
  fi
}

# Consul's snapshot says of the services of the backup that they are passing, until its agent compares a minute later:
# what comes after them must not start on their word.
forget_services() {
  python3 -c '
import json, sys, urllib.request
def consul(path, body=None):
    request = urllib.request.Request(sys.argv[1] + path, data=body and json.dumps(body).encode(), method="PUT" if body else "GET")
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)
try:
    node = consul("/v1/agent/self")["Config"]["NodeName"]
    here = {"consul", *consul("/v1/agent/services")}
    for service in set(consul("/v1/catalog/node/" + node)["Services"]) - here:
        consul("/v1/catalog/deregister", {"Node": node, "ServiceID": service})
except (OSError, ValueError, TypeError): # no leader yet
    sys.exit(1)' "$consul_address"
}

# Its allocations are lost with it, and placed anew on this one; the programs have to be laid anew too.
forget_node() { # id
  local program
  nomad operator api -X POST "/v1/node/$1/purge" >/dev/null || talk "  the node of the backup could not be forgotten"
  for program in "${programs[@]}"; do nomad job stop -purge -detach "nomad-ml-$program" >/dev/null 2>&1 || true; done
}

# A job of Nomad's: it is logged and seen like everything else. Secrets stay in .env, which it reads itself.
start_backups() {
  local name given=""
  if [ "$BACKUP_CRON" = no ]; then
    nomad job stop -detach nomad-ml-backup >/dev/null 2>&1 || true
    return
  fi
  step "Backups"
  for name in NOMAD_ML_STATE_DIR NOMAD_HTTP_PORT CONSUL_HTTP_PORT MLFLOW_BACKEND_STORE MLFLOW_ARTIFACTS BACKUP_DATABASE BACKUP_REPOSITORY BACKUP_PASSWORD_FILE BACKUP_KEEP; do
    [[ ${!name} =~ ^[^\"\\\$%]*$ ]] || fail "$name has characters that a job file would have to escape: ${!name}" "choose a plainer one, or set BACKUP_CRON=no"
    given+="$name=\"${!name}\","
  done
  run_job backup.nomad.hcl "setup=$repository/setup.sh" "cron=$BACKUP_CRON" "settings={$given}"
  done_with "by '$BACKUP_CRON' (UTC), the newest $BACKUP_KEEP kept in $BACKUP_REPOSITORY"
}
