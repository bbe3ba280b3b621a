# shellcheck shell=bash
# The settings: where each is from, and the .env they are kept in.

is_secret() { [[ $1 =~ (PASSWORD|SECRET|SECRET_ACCESS_KEY|TOKEN|WEBHOOK_URL)$ ]]; }

# Read by docker-compose.yml alone.
containers_settings=(COMPOSE_PROFILES POSTGRES_PASSWORD GRAFANA_ADMIN_PASSWORD OBJECT_STORE_SECRET REDIS_PASSWORD ALERT_WEBHOOK_URL ALERT_SMTP_PASSWORD DOCKER_ROOT NOMAD_ML_TEXTFILE_DIR)

# What .env says of a name that is no setting of ours.
in_file() { [ ! -r "$repository/.env" ] || sed -n "s/^$1=//p" "$repository/.env" | tail -n 1; }

# Where a setting is from; load_settings noted which of them the environment and .env gave.
origin() { # name
  if [[ " $from_environment " == *" $1 "* ]]; then echo environment
  elif [[ " $from_file " == *" $1 "* ]]; then echo .env
  else echo default; fi
}

config() {
  if [ "$word" = init ]; then
    config_init
    return
  fi
  local setting name value
  for name in "${containers_settings[@]}"; do
    if [ -n "${!name:-}" ]; then
      from_environment+="$name "
    else
      value=$(in_file "$name")
      printf -v "$name" '%s' "$value"
      [ -z "$value" ] || from_file+="$name "
    fi
  done
  for setting in "${settings[@]}" "${containers_settings[@]}"; do
    name=${setting%%=*} value=${!name}
    ! is_secret "$name" || value=${value:+********}
    if [ "$json" = yes ]; then
      printf '%s\0%s\0%s\0' "$name" "$value" "$(origin "$name")"
    else
      printf '%-26s %-50s %s\n' "$name" "${value:--}" "$(origin "$name")"
    fi
  done | if [ "$json" = yes ]; then python3 -c '
import json, sys
fields = sys.stdin.read().split("\0")[:-1]
print(json.dumps([dict(zip(("name", "value", "from"), fields[at : at + 3])) for at in range(0, len(fields), 3)], indent=2))'; else cat; fi
}

# Adds the lines of the template that are not there in any form, then the secrets.
config_init() {
  local file=$repository/.env line name added=0 comments=""
  if [ ! -e "$file" ]; then
    (umask 077 && cp "$repository/.env.template" "$file")
    chmod 600 "$file"
    done_with ".env made of .env.template"
  fi
  while IFS= read -r line; do
    if [[ $line =~ ^#?([A-Z][A-Z0-9_]*)= ]]; then
      name=${BASH_REMATCH[1]}
      if ! grep -Eq "^[[:space:]]*#?[[:space:]]*$name=" "$file"; then
        [ -z "$(tail -c 1 "$file")" ] || printf '\n' >>"$file"
        printf '%s%s\n' "$comments" "$line" >>"$file"
        done_with "$name added"
        added=$((added + 1))
      fi
      comments=""
    elif [[ $line == \#* ]]; then
      comments+=$line$'\n'
    else
      comments=""
    fi
  done <"$repository/.env.template"
  make_secrets
  update_docker_root
  [ "$added" != 0 ] || talk "  every setting of .env.template is there"
}

# The one platform fact that .env holds: where the daemon keeps its volumes.
update_docker_root() {
  local root file=$repository/.env
  root=$(docker info -f '{{.DockerRootDir}}' 2>/dev/null) && [ -n "$root" ] || return 0
  grep -Eq '^DOCKER_ROOT=' "$file" || return 0 # up asks the daemon itself
  ! grep -Fxq "DOCKER_ROOT=$root" "$file" || return 0
  (umask 077 && root=$root awk '/^DOCKER_ROOT=/ { print "DOCKER_ROOT=" ENVIRON["root"]; next } { print }' "$file" >"$file.new")
  cat "$file.new" >"$file" && rm -f "$file.new"
  done_with "DOCKER_ROOT is $root now"
}
