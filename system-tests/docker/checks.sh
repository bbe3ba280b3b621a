# shellcheck shell=bash
# Checks that go on after one failed, so that a run tells all that is wrong.

failed=0 held=0

check() { # what, command …
  local what=$1 output
  shift
  if output=$("$@" 2>&1); then
    held=$((held + 1))
    printf '  ok      %s\n' "$what" >&2
  else
    failed=$((failed + 1))
    printf '  FAILED  %s\n' "$what" >&2
    [ -z "$output" ] || printf '%s\n' "$output" | tail -n 20 | sed 's/^/          /' >&2
  fi
}

same() { # expected, command … : its output is just that
  local expected=$1 actual
  shift
  actual=$("$@") && [ "$actual" = "$expected" ] || { printf 'expected: %s\nactual:   %s\n' "$expected" "${actual:-}"; return 1; }
}

within() { # seconds, command … : holds at some time until then
  local until=$((SECONDS + $1)) output
  shift
  until output=$("$@" 2>&1); do
    [ $SECONDS -lt $until ] || { printf '%s\n' "$output"; return 1; }
    sleep 1
  done
}

contains() { # pattern, command …
  local pattern=$1 output
  shift
  output=$("$@" 2>&1) && grep -Eq -- "$pattern" <<<"$output" || { printf 'no line matches %s:\n%s\n' "$pattern" "${output:-}"; return 1; }
}

lacks() { # pattern, command …
  local pattern=$1 output
  shift
  output=$("$@" 2>&1) && ! grep -E -- "$pattern" <<<"$output"
}

nothing() { # command … : prints nothing
  local output
  output=$("$@") && [ -z "$output" ] || { printf '%s\n' "$output"; return 1; }
}

exits() { # code, command …
  local code=0 expected=$1
  shift
  "$@" || code=$?
  [ $code = "$expected" ] || { echo "exit code $code, not $expected"; return 1; }
}

get() { curl --fail --silent --show-error --max-time 10 "$@"; }
