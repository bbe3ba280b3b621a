#!/bin/sh
# Lays one version of a program (trainer, serving) in its folder on the node, then tells Nomad which versions lie there.
# A folder of a version appears whole or not at all, so jobs may start while this runs.
set -eu
: "${PROGRAM:?}" "${FOLDER:?the node has no metadata nomad_ml_trainer_folder}" "${VERSION:?}" "${SHA256:?}" "${ARCHIVE:?}"

laid=$FOLDER/$VERSION
store=.store/$VERSION-$(printf %.12s "$SHA256")

if [ "$(readlink "$laid" 2>/dev/null || true)" = "$store" ] && [ -x "$laid/bin/$PROGRAM" ]; then
  echo "$PROGRAM $VERSION lies in $laid already"
else
  case $VERSION in
    *-SNAPSHOT) ;;
    *)
      if [ -e "$laid" ]; then
        echo "$PROGRAM $VERSION lies in $laid with another content: a released version never changes" >&2
        echo "hint: release it under a new version, or remove that folder by hand" >&2
        exit 1
      fi
      ;;
  esac
  mkdir -p "$FOLDER/.store"
  # What nobody points to and nobody started from lately.
  find "$FOLDER/.store" -mindepth 1 -maxdepth 1 -mtime +7 | while read -r old; do
    links=$(find "$FOLDER" -maxdepth 1 -lname ".store/${old##*/}")
    [ -n "$links" ] || rm -rf "$old"
  done
  if [ ! -x "$FOLDER/$store/bin/$PROGRAM" ]; then
    work=$(mktemp -d "$FOLDER/.store/.unpacking.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    tar -xzf "$ARCHIVE" -C "$work"
    [ -x "$work/$PROGRAM/bin/$PROGRAM" ] || { echo "$ARCHIVE holds no $PROGRAM/bin/$PROGRAM" >&2; exit 1; }
    chmod -R a+rX "$work/$PROGRAM"
    sync -f "$work" 2>/dev/null || sync
    rm -rf "${FOLDER:?}/$store"
    mv -T "$work/$PROGRAM" "$FOLDER/$store"
  fi
  ln -sfn "$store" "$laid.new" && mv -T "$laid.new" "$laid"
  sync -f "$FOLDER" 2>/dev/null || sync
  echo "$PROGRAM $VERSION laid in $laid"
fi

versions=
for program in "$FOLDER"/*/bin/"$PROGRAM"; do
  [ -x "$program" ] || continue
  folder=${program%/bin/"$PROGRAM"}
  versions=$versions${versions:+,}${folder##*/}
done

# Through the task API; a socket whose path has more than 107 characters can't be made, so then through the agent's address.
# The token is this task's own and does not go through the argument list.
if [ -S "$NOMAD_SECRETS_DIR/api.sock" ]; then
  set -- --unix-socket "$NOMAD_SECRETS_DIR/api.sock" http://agent/v1/client/metadata
else
  set -- "http://$AGENT/v1/client/metadata"
fi
printf 'X-Nomad-Token: %s\n' "${NOMAD_TOKEN:-}" |
  curl --fail-with-body --silent --show-error --header @- --request POST \
    --data "{\"Meta\": {\"nomad_ml_${PROGRAM}s\": \"$versions\"}}" "$@" >/dev/null
echo "node metadata nomad_ml_${PROGRAM}s = $versions"
