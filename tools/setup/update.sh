# shellcheck shell=bash
# Brings what runs to the pins of this tree: one part after the other, and back when it does not become healthy.

update() {
  local service
  { find_nomad && running nomad && running consul; } || fail "the platform does not run" "./setup.sh up starts it, at the versions of this tree"
  validate || fail "the platform can't be updated" "mend the above and type ./setup.sh update again"
  # All of it is here before anything is stopped.
  obtain_servers
  [ "$BACKUP_CRON" = no ] || backup
  step "Consul and Nomad"
  update_agent consul
  update_agent nomad
  for service in "${platform_services[@]}"; do
    step "$service"
    update_service "$service"
  done
  lay_programs
  start_reconciler
  start_backups
}

# Tasks live on meanwhile. An agent that does not become healthy gives way to the one before.
update_agent() { # agent
  local agent=$1 folder=${1}_folder old
  old=$(dirname "$(ps -ww -o command= -p "$(cat "$state/$agent.pid")" | cut -d' ' -f1)")
  if [ "$old" = "${!folder}" ] && "${agent}_here" | cmp -s - "$state/$agent/here.hcl"; then
    done_with "$agent is as this tree wants it"
    return
  fi
  stop_agent "$agent"
  if ! ("start_$agent"); then
    stop_agent "$agent"
    printf -v "$folder" '%s' "$old"
    "start_$agent"
    fail "the new $agent did not become healthy; the one before runs again" "the lines above are the last of its log"
  fi
}

# Nomad watches the deployment, and goes back by itself.
update_service() { # service
  local version state_of
  run_service "$1"
  version=$(nomad job inspect -t '{{.Version}}' "$1")
  wait_for 400 deployed "$1" "$version" || fail "$1 was not deployed within 400 s" "nomad job status $1 shows how far it is"
  state_of=$(deployment "$1" "$version")
  if [[ $state_of == failed* ]]; then
    local now="Nomad runs the one before again"
    wait_for "$NOMAD_ML_WAIT_SECONDS" passing "$1" || now="the one before is not healthy either"
    fail "the new $1 did not become healthy; $now" "./setup.sh logs $1; nomad job history -p $1 shows what changed"
  fi
  wait_for "$NOMAD_ML_WAIT_SECONDS" passing "$1" || stage_failed "$1"
  done_with "$1 passes its health check"
}

# How the deployment of a job's version stands. System jobs may have none, and a service none before it is evaluated.
deployment() { # job, version
  { nomad operator api -X GET "/v1/job/$1/evaluations" && echo && nomad operator api -X GET "/v1/job/$1/deployments"; } 2>/dev/null | python3 -c '
import json, sys
decoder, text, answers = json.JSONDecoder(), sys.stdin.read().strip(), []
while text:
    answer, end = decoder.raw_decode(text)
    answers.append(answer or [])
    text = text[end:].strip()
evaluations, deployments = answers
mine = [each for each in deployments if each["JobVersion"] == int(sys.argv[1])]
waits = any(each["Status"] == "pending" for each in evaluations)
print(" ".join((mine[0]["Status"], mine[0]["StatusDescription"])) if mine else "pending" if waits else "none")' "$2"
}

deployed() { # job, version
  case $(deployment "$1" "$2") in
    successful* | failed* | cancelled* | none) ;;
    *) return 1 ;;
  esac
}
