#!/bin/sh
# Runs nginx by the configuration that Nomad renders (next.conf), and lets it take over each new one, or a new certificate,
# without dropping a request. What nginx would refuse is told in the log, and it goes on by the one before.
# By looking once a second, and not by a signal of Nomad's: one that comes before nginx runs would be lost, or end the task.
set -u
cd "${NOMAD_TASK_DIR:?}" || exit 1

work=$PWD
if [ "$(id -u)" = 0 ]; then # its workers become a user who may not see this folder
  work=$(mktemp -d /tmp/nomad-ml-gateway.XXXXXX) && chmod 711 "$work" || exit 1
  trap 'rm -rf "$work"' EXIT
fi
mkdir -p "$work/tmp"

say() { echo "gateway: $*" >&2; }
nginx() { command "${GATEWAY_NGINX:?}" -p "$work/" -e stderr "$@"; }
newest() { cat next.conf ${GATEWAY_TLS:+"$GATEWAY_TLS/server.crt" "$GATEWAY_TLS/server.key"} 2>/dev/null | cksum; }

# Lays next.conf in place if it is good.
take_over() {
  seen=$(newest)
  cp next.conf tried.conf
  # Since 1.27.4 a reload leaves a client's idle connection open until it may know.
  case $(nginx -v 2>&1) in */1.[01]* | */1.2[0-7]*) ;; *) sed -i 's/^ *# \(keepalive_min_timeout\)/  \1/' tried.conf ;; esac
  if refused=$(nginx -t -q -c "$PWD/tried.conf" 2>&1); then
    mv tried.conf nginx.conf
  else
    say "nginx refuses the configuration that was rendered: $refused"
    return 1
  fi
}

# What GET /models and a wrong name are answered with; a file is seen whole or not at all.
lay_lists() {
  sed 's/^{/{"error":"no such model is served here, or no such address",/' models.json >"$work/unknown.new" && mv "$work/unknown.new" "$work/unknown.json"
  cp models.json "$work/list.new" && mv "$work/list.new" "$work/list.json"
}

# A task that is started again still has the one that was good.
take_over || { [ -e nginx.conf ] && say "starts by the one before"; } || exit 1
lay_lists
"$GATEWAY_NGINX" -p "$work/" -e stderr -c "$PWD/nginx.conf" -g 'daemon off;' &
master=$!
trap 'kill -QUIT $master' TERM INT # what is in flight ends

while kill -0 $master 2>/dev/null; do
  sleep 1 &
  wait $!
  cmp -s models.json "$work/list.json" || lay_lists
  [ "$(newest)" = "$seen" ] || {
    if take_over; then kill -HUP $master && say "took over a new configuration"; else say "goes on by the one before"; fi
  }
done
wait $master
