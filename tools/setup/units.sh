# shellcheck shell=bash
# systemd units of the two agents, written on request. Where they are, Consul and Nomad are started and stopped by
# systemctl alone; each start writes the agent's pid file, so that all else tells an agent apart as it does without units.

# System units when they are there, or when root asks for some; else those of the user.
choose_units() {
  units_folder=/etc/systemd/system units_of=system
  unit_is_ours consul || unit_is_ours nomad || [ "$(id -u)" = 0 ] || units_folder=${XDG_CONFIG_HOME:-${HOME:-}/.config}/systemd/user units_of=user
}

unit_file() { printf '%s/nomad-ml-%s.service' "$units_folder" "$1"; }

unit_mark() { printf '# Written by setup.sh for %s, and written anew by it: what you add belongs in a drop-in (systemctl edit).' "$state"; }

unit_is_ours() { [ "$(head -n 1 "$(unit_file "$1")" 2>/dev/null)" = "$(unit_mark)" ]; }

# The one question that decides between systemctl and nohup.
has_units() { unit_is_ours consul && unit_is_ours nomad; }

systemd_runs() { [ -d /run/systemd/system ]; }

units() {
  if [ "$units_of" = system ]; then systemctl "$@"; else systemctl --user "$@"; fi
}

need_systemd() {
  local hint="./setup.sh up starts the agents without units (after ./setup.sh clean --systemd, where some were written); ./setup.sh install --systemd --print shows them"
  if ! systemd_runs; then
    ! is_wsl || hint="write [boot] and systemd=true into /etc/wsl.conf, type wsl --shutdown in Windows, and try again"
    fail "systemd does not run here (no /run/systemd/system)" "$hint"
  fi
  # Of the user's there may be none, such as behind `su`.
  units show --property=Version >/dev/null 2>&1 ||
    fail "systemd's $units_of manager does not answer: $(units show --property=Version 2>&1 | tail -n 1)" \
      "log in as that user (ssh, machinectl shell) instead of by su or sudo; loginctl enable-linger $(id -un) keeps its manager running"
}

may_change_units() {
  [ "$units_of" = user ] || [ "$(id -u)" = 0 ] ||
    fail "Consul and Nomad are system units here ($units_folder), and only root may start and stop them" "sudo ./setup.sh ${verb:-up}"
}

# One argument or value as systemd reads it.
unit_word() {
  local text=${1//\\/\\\\}
  text=${text//%/%%}
  printf '"%s"' "${text//\"/\\\"}"
}

# What the agents' tasks find, as they would from the terminal of `install` (sudo's `up` knows less); addresses and tokens
# of other clusters stay out.
unit_environment() { # agent
  local name
  printf 'UnsetEnvironment=%s\n' "${own_cluster_unsets[*]}"
  if [ "$systemd" = no ] && unit_is_ours "$1"; then
    grep '^Environment="' "$(unit_file "$1")"
    return
  fi
  for name in PATH HOME JAVA_HOME LANG NOMAD_ML_CACHE XDG_CACHE_HOME; do
    [ -z "${!name:-}" ] || printf 'Environment=%s\n' "$(unit_word "$name=${!name}")"
  done
}

consul_service() {
  cat <<'UNIT'
# It writes its own folder and talks: nothing else is left to it.
NoNewPrivileges=yes
RestrictSUIDSGID=yes
LockPersonality=yes
RestrictRealtime=yes
SystemCallArchitectures=native
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
UNIT
  # The manager of a user could not do these without namespaces of users.
  [ "$units_of" = user ] || cat <<UNIT
CapabilityBoundingSet=CAP_DAC_OVERRIDE CAP_NET_BIND_SERVICE
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=$state/consul $state/log
Environment=TMPDIR=$state/consul
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
UNIT
}

nomad_service() {
  cat <<'UNIT'
# Not hardened: whatever the agent may not do, its tasks may not either. As root it makes cgroups, mounts, namespaces
# and device nodes for exec, java and docker tasks; raw_exec tasks are started with all its rights.
# Tasks outlive the agent, which finds them again.
KillMode=process
Delegate=yes
TasksMax=infinity
LimitNPROC=infinity
UNIT
}

unit() { # agent
  local word command after folder=${1}_folder
  command=$(unit_word "${!folder}/$1") || return 1 # not known: no version was obtained
  "${1}_arguments"
  for word in agent "${agent_arguments[@]}"; do command+=" $(unit_word "$word")"; done
  unit_mark
  after=$([ "$units_of" != system ] || printf 'network-online.target ')$([ "$1" = consul ] || printf nomad-ml-consul.service)
  cat <<UNIT

[Unit]
Description=$1 of nomad-ml
${after:+After=${after% }
Wants=${after% }}
StartLimitIntervalSec=120
StartLimitBurst=5

[Service]
Type=exec
ExecStart=:$command
ExecStartPost=+/bin/sh -c 'echo \$MAINPID >$state/$1.pid'
WorkingDirectory=$state
$(unit_environment "$1")
StandardOutput=append:$state/log/$1.log
StandardError=inherit
LimitNOFILE=65536
Restart=on-failure
RestartSec=5
TimeoutStopSec=30
$("${1}_service")

[Install]
WantedBy=$([ "$units_of" = system ] && echo multi-user.target || echo default.target)
UNIT
}

# Written anew when the tree names another version or place.
write_unit() { # agent
  local file text
  file=$(unit_file "$1")
  [ ! -e "$file" ] || unit_is_ours "$1" ||
    fail "$file is there and not of this state folder: $(head -n 1 "$file" | cut -c1-120)" "remove it, or go on without units: one checkout and state folder a machine can have them"
  text=$(unit "$1") || exit 1
  [ "$text" != "$(cat "$file" 2>/dev/null)" ] || return 0
  mkdir -p "$units_folder" && printf '%s\n' "$text" >"$file" && chmod 644 "$file" ||
    fail "$file can't be written" "its reason is above"
  units daemon-reload
}

print_units() {
  local agent folders
  folders=$("$repository/tools/install" --paths --only nomad,consul 2>/dev/null) ||
    folders=$("$repository/tools/install" --folders --only nomad,consul | sed 's|.*/\([a-z_]*\)-[^/]*$|\1=&/bin|')
  for agent in consul nomad; do
    printf -v "${agent}_folder" '%s' "$(sed -n "s/^$agent=//p" <<<"$folders")"
    printf '# %s\n' "$(unit_file "$agent")"
    unit "$agent"
    printf '\n'
  done
}

install_units() {
  local agent
  step "systemd units"
  for agent in consul nomad; do write_unit "$agent"; done
  done_with "$(unit_file consul)"
  done_with "$(unit_file nomad)"
  for agent in consul nomad; do
    ! running "$agent" || unit_active "$agent" || talk "  note: $agent runs without its unit until ./setup.sh restart $agent"
  done
  if [ "$units_of" = user ] && [ "$(loginctl show-user "$(id -un)" --property=Linger --value 2>/dev/null)" != yes ]; then
    talk "  note: they end when you log out, and do not start with the machine, until: loginctl enable-linger $(id -un)"
  fi
  talk "  ./setup.sh up starts them, and they start with the machine until ./setup.sh down"
}

unit_active() { units is-active --quiet "nomad-ml-$1.service"; }

start_unit() { # agent
  write_unit "$1"
  units enable --quiet "nomad-ml-$1.service"
  units reset-failed "nomad-ml-$1.service" 2>/dev/null || true
  units start "nomad-ml-$1.service" || units status --no-pager --lines=0 "nomad-ml-$1.service" >&2 || true
}

# An agent that SIGTERM ends does not say 0: no failure worth showing.
stop_unit() { # agent
  units stop "nomad-ml-$1.service"
  units reset-failed "nomad-ml-$1.service" 2>/dev/null || true
}

# What was stopped by its user does not come back with the machine.
disable_units() { ! has_units || units disable --quiet nomad-ml-nomad.service nomad-ml-consul.service; }

tell_units() {
  local agent
  has_units || return 0
  for agent in consul nomad; do
    talk "nomad-ml-$agent.service ($units_of): $(units is-active "nomad-ml-$agent.service" 2>/dev/null || true), $(units is-enabled "nomad-ml-$agent.service" 2>/dev/null || true)"
  done
}

remove_units() {
  local agent found=no
  may_change_units
  for agent in nomad consul; do
    unit_is_ours "$agent" || continue
    found=yes
    ! systemd_runs || ! unit_active "$agent" || fail "nomad-ml-$agent.service runs" "./setup.sh down stops the platform, then try again"
  done
  [ $found = yes ] || { talk "no units of $state are there"; return; }
  agreed "remove the systemd units in $units_folder?" || return 0
  ! systemd_runs || disable_units
  for agent in nomad consul; do ! unit_is_ours "$agent" || rm -f "$(unit_file "$agent")"; done
  ! systemd_runs || units daemon-reload
  done_with "removed from $units_folder"
}
