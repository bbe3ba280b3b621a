#!/bin/bash
# runc for a machine whose root lacks capabilities (some virtual machines and sandboxes): "privileged" means every
# capability there is, and fails there. It takes from each container what the machine itself does not have.
set -euo pipefail
names=(CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE
  NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN
  SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE
  MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE)
bounding=$((16#$(awk '$1 == "CapBnd:" { print $2 }' /proc/self/status)))
missing=()
for number in "${!names[@]}"; do
  ((bounding >> number & 1)) || missing+=("CAP_${names[$number]}")
done

# shellcheck disable=SC2016  # $missing and $process are jq's
take='($missing | split(" ")) as $missing | if .capabilities then .capabilities |= map_values(. - $missing) else . end'
edit() { # file, jq program
  [ ! -f "$1" ] || { jq --arg missing "${missing[*]}" "$2" "$1" >"$1.new" && cat "$1.new" >"$1" && rm "$1.new"; }
}

previous=""
for argument in "$@"; do
  case $previous in
    --bundle | -b) edit "$argument/config.json" ".process |= ($take)" ;;
    --process | -p) edit "$argument" "$take" ;;
  esac
  previous=$argument
done
exec runc "$@"
