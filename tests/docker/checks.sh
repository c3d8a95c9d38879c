# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Counts checks, and waits. Sourced.

PASSED=0
FAILED=0

# check NAME COMMAND...: runs the command in a subshell, up to its first error,
# and counts it. Its output is shown only if it fails. Call it as a statement of
# its own: in a condition the shell would ignore `set -e`.
check() {
  local name=$1 output status=0 start=$SECONDS
  shift
  set +e
  output=$(
    set -e
    "$@" 2>&1
  )
  status=$?
  set -e
  if ((status == 0)); then
    PASSED=$((PASSED + 1))
    echo "ok    $name ($((SECONDS - start)) s)"
  else
    FAILED=$((FAILED + 1))
    echo "FAIL  $name ($((SECONDS - start)) s)"
    echo "$output" | tail -n 60 | sed 's/^/      /'
  fi
}

# expect WHAT GIVEN WANTED: fails and prints the difference if they differ.
expect() {
  [[ $2 == "$3" ]] && return
  echo "$1: $2, wanted: $3"
  return 1
}

# wait_until SECONDS COMMAND...: repeats the command until it succeeds; fails
# when the time is over.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep 0.2
  done
}
