# shellcheck shell=bash
# A database and a bucket of your own for MLflow, instead of those in the state folder.

own_postgres() { [[ $MLFLOW_BACKEND_STORE =~ ^postgresql(\+psycopg2)?:// ]]; }

own_bucket() { [[ $MLFLOW_ARTIFACTS == s3://* ]]; }

# As Postgres's own programs read it. A password comes by the environment, or from ~/.pgpass.
postgres() { # program, options …
  (
    [ -z "$MLFLOW_BACKEND_STORE_PASSWORD" ] || export PGPASSWORD=$MLFLOW_BACKEND_STORE_PASSWORD
    export PGCONNECT_TIMEOUT=5 PGAPPNAME=nomad-ml
    exec "$1" --no-password --dbname="${MLFLOW_BACKEND_STORE/#postgresql+psycopg2:/postgresql:}" "${@:2}"
  )
}

query() { postgres psql --no-psqlrc --quiet --tuples-only --no-align --command="$1"; }

tables() { query "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"; }

check_stores() {
  case $MLFLOW_BACKEND_STORE in
    "" | sqlite:* | postgresql://* | postgresql+psycopg2://*) ;;
    *) problem "MLFLOW_BACKEND_STORE is '${MLFLOW_BACKEND_STORE%%:*}:…', which MLflow has no driver for here" "postgresql://user@host/database, or nothing for SQLite in the state folder" ;;
  esac
  if [[ $MLFLOW_BACKEND_STORE =~ ://[^/@]*:[^/@]*@ || $MLFLOW_BACKEND_STORE == *[?\&]password=* ]]; then
    problem "MLFLOW_BACKEND_STORE has a password in it, which everybody who may read Nomad's jobs would see" "move it to MLFLOW_BACKEND_STORE_PASSWORD in .env, or to ~/.pgpass"
  elif own_postgres; then
    check_postgres
  fi
  case $MLFLOW_ARTIFACTS in
    "") ;;
    s3://[a-z0-9]*) [ -z "$AWS_ACCESS_KEY_ID" ] || [ -n "$AWS_SECRET_ACCESS_KEY" ] || problem "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not" "set both in .env, or neither where the machine has a role" ;;
    *) problem "MLFLOW_ARTIFACTS is '$MLFLOW_ARTIFACTS', no bucket" "s3://bucket/prefix, or nothing for a folder in the state folder" ;;
  esac
  [[ $MLFLOW_S3_ENDPOINT_URL =~ ^(https?://[^/]+.*)?$ ]] || problem "MLFLOW_S3_ENDPOINT_URL is '$MLFLOW_S3_ENDPOINT_URL', no address" "such as https://s3.example:9000"
  [[ $BACKUP_DATABASE =~ ^(yes|no)$ ]] || problem "BACKUP_DATABASE is '$BACKUP_DATABASE', neither yes nor no" "mend it in .env or in the environment"
}

check_postgres() {
  local program missing="" said server client
  for program in pg_dump pg_restore psql; do
    command -v "$program" >/dev/null || missing+=${missing:+, }$program
  done
  if [ -n "$missing" ]; then
    [ "$BACKUP_DATABASE" = no ] || problem "$missing: not on PATH, and MLflow's database could not be backed up" "install postgresql-client at the server's version or newer; or BACKUP_DATABASE=no in .env, where somebody else backs it up"
    return
  fi
  if ! said=$(query "show server_version_num" 2>&1); then
    problem "MLflow's database does not let us in: $(printf '%s' "$said" | tail -n 1)" "mend MLFLOW_BACKEND_STORE, MLFLOW_BACKEND_STORE_PASSWORD (or ~/.pgpass); try: psql '$MLFLOW_BACKEND_STORE'"
    return
  fi
  server=$((said / 10000)) client=$(pg_dump --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
  [ "$BACKUP_DATABASE" = no ] || [ "$client" -ge "$server" ] ||
    problem "pg_dump is of version $client and MLflow's database of $server, which it can't back up" "install postgresql-client-$server or newer; or BACKUP_DATABASE=no in .env, where somebody else backs it up"
}

# What MLflow may know and the job may not say: a Nomad Variable, written only when .env says something else. What
# somebody else put there stays.
put_mlflow_secrets() {
  local path=nomad/jobs/mlflow there wanted
  there=$(nomad var get -out=json "$path" 2>/dev/null) || there=""
  wanted=$(
    export PGPASSWORD="" AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    ! own_postgres || PGPASSWORD=$MLFLOW_BACKEND_STORE_PASSWORD
    own_bucket || unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
    python3 -c '
import json, os, sys
there = sys.stdin.read().strip()
there = json.loads(there) if there else {}
items = there.get("Items") or {}
mine = {name: os.environ[name] for name in ("PGPASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") if os.environ.get(name)}
if {**items, **mine} != items:
    print(there.get("ModifyIndex", 0), json.dumps({"Path": sys.argv[1], "Items": {**items, **mine}}))' "$path" <<<"$there"
  ) || fail "Nomad's Variable $path can't be read" "./setup.sh logs nomad"
  [ -n "$wanted" ] || return 0
  printf '%s' "${wanted#* }" | nomad var put -in=json -out=none -check-index="${wanted%% *}" - >/dev/null ||
    fail "Nomad did not take MLflow's secrets" "somebody else wrote the Variable $path at the same time: ./setup.sh up tries again"
  done_with "MLflow's secrets are the Nomad Variable $path"
}

copy_postgres() { # to
  command -v pg_dump >/dev/null || fail "MLflow's database is Postgres and pg_dump is not on PATH: no backup is made" "install postgresql-client; or BACKUP_DATABASE=no in .env, where somebody else backs it up"
  postgres pg_dump --format=custom --no-owner --no-privileges --file="$1" ||
    fail "MLflow's database could not be backed up: no backup is made" "its reason is above; ./setup.sh validate looks for a cause; BACKUP_DATABASE=no in .env, where somebody else backs it up"
}

# Before anything is touched. One that a restore which was cut off found empty holds nothing but what that one put there.
check_empty_postgres() {
  local found
  found=$(tables) || fail "MLflow's database can't be read" "its reason is above"
  [ "$found" = 0 ] || [ "$(cat "$state/restoring" 2>/dev/null)" = "$MLFLOW_BACKEND_STORE" ] ||
    fail "MLflow's database holds $found tables already" "create an empty one and name it in MLFLOW_BACKEND_STORE; nothing was changed"
}

# All of it or nothing.
restore_postgres() { # from
  postgres pg_restore --single-transaction --exit-on-error --no-owner --no-privileges --clean --if-exists "$1" ||
    fail "Postgres did not take MLflow's database" "its reason is above; ./setup.sh restore begins again"
}
