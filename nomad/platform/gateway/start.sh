#!/bin/sh
# Runs the two nginx of the gateway by what Nomad renders beside this: front.conf is what clients connect to, models.conf
# behind it knows the models and takes over each new rendering without dropping a request. What nginx would refuse is told
# in the log, and it goes on by the one before. By looking once a second, and not by a signal of Nomad's: one that comes
# before nginx runs would be lost, or end the task.
set -u
rendered=${NOMAD_TASK_DIR:?}

# Short, for a socket's path, and open to the user that nginx's workers become; a container has its own instead.
work=$(mktemp -d /tmp/nomad-ml-gateway.XXXXXX 2>/dev/null) || work=$rendered
chmod 711 "$work" 2>/dev/null
cd "$work" && mkdir -p tmp && rm -f models.sock || exit 1
[ "$work" = "$rendered" ] || trap 'rm -rf "$work"' EXIT

say() { echo "gateway: $*" >&2; }
arguments() { echo "-p $work/ -e stderr -c $1"; }
# shellcheck disable=SC2046  # words
check() { "${GATEWAY_NGINX:?}" $(arguments "$1") -t -q; }
certificate() { [ -z "$GATEWAY_TLS" ] || cat "$GATEWAY_TLS/server.crt" "$GATEWAY_TLS/server.key" | cksum; }

# Lays a new models.conf in place if it is good.
take_over() {
  cp "$rendered/models.conf" tried.conf
  seen=$(cksum <tried.conf)
  if refused=$(check "$work/tried.conf" 2>&1); then
    cp tried.conf "$rendered/good.conf.new" && mv "$rendered/good.conf.new" "$rendered/good.conf"
  else
    say "nginx refuses the configuration that was rendered: $refused"
    return 1
  fi
}

# What GET /models and a wrong name are answered with; each is seen whole or not at all.
lay_lists() {
  sed 's/^{/{"error":"no such model is served here, or no such address",/' "$rendered/models.json" >unknown.new && mv unknown.new unknown.json
  cp "$rendered/models.json" list.new && mv list.new list.json
}

# A task that is started again still has the one that was good.
take_over || { [ -e "$rendered/good.conf" ] && say "starts by the one before"; } || exit 1
check "$rendered/front.conf" || exit 1
lay_lists
shown=$(certificate)
# shellcheck disable=SC2046
"$GATEWAY_NGINX" $(arguments "$rendered/good.conf") -g 'daemon off;' &
models=$!
# shellcheck disable=SC2046
"$GATEWAY_NGINX" $(arguments "$rendered/front.conf") -g 'daemon off;' &
front=$!
trap 'kill -QUIT $front' TERM INT # what is in flight ends

while kill -0 $front 2>/dev/null && kill -0 $models 2>/dev/null; do
  sleep 1 &
  wait $!
  cmp -s "$rendered/models.json" list.json || lay_lists
  if [ "$(cksum <"$rendered/models.conf")" != "$seen" ]; then
    if take_over; then kill -HUP $models && say "took over a new configuration"; else say "goes on by the one before"; fi
  fi
  if [ "$(certificate)" != "$shown" ]; then
    shown=$(certificate)
    if check "$rendered/front.conf"; then kill -HUP $front && say "took over a new certificate"; else say "goes on by the certificate before"; fi
  fi
done
kill -QUIT $front $models 2>/dev/null
wait
