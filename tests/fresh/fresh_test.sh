#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# fresh_test.sh [FORM...]: follows the README on a fresh Debian 12, in a tree of
# its packages, with a clean clone of HEAD: `make demo`, `make dist`, then the
# set-up of `make test`. Wheels are used in a second tree, without packages to
# build with. Needs root. Forms, all by default:
#
#   bare       nothing but git and make
#   furnished  also what demo doesn't need but other work leaves: GoogleTest,
#              Node, Python packages, and a python3 and a node of others that
#              stand first in PATH
#   user       an ordinary user with sudo
#
# A tree has the network, this machine's settings for package registries, and
# its compiler cache, which the user's form only reads. If a tree is impossible,
# the test fails and prints the reason.
#
# SPIKED_FRESH_TEST     optional: where it is impossible, the test is skipped
# SPIKED_FRESH_CCACHE   none: compiles everything, as on a fresh machine

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source-path=SCRIPTDIR source=../docker/checks.sh
source tests/docker/checks.sh
# shellcheck source-path=SCRIPTDIR source=../docker/debian_archive.sh
source tests/docker/debian_archive.sh

WORK=""
FORM_PID=""

# Mounts and processes of a form end with its namespaces, and namespaces end
# with the process that holds them.
# shellcheck disable=SC2317,SC2329  # Called by the trap.
cleanup() {
  [[ -z $FORM_PID ]] || kill -KILL "$FORM_PID" 2>/dev/null || true
  [[ -z $WORK ]] || wait_until 20 work_is_removed ||
    echo "$WORK can't be removed" >&2
}
trap cleanup EXIT
# Not while a command in the foreground ends by itself: forms run beside.
trap 'exit 130' HUP INT TERM

# Nothing is mounted there outside the namespaces of a form.
# shellcheck disable=SC2317,SC2329  # Called by cleanup.
work_is_removed() {
  rm -rf --one-file-system "$WORK" 2>/dev/null
}

finish() {
  echo "fresh: $PASSED passed, $FAILED failed"
  ((FAILED == 0))
  exit
}

# no_trees REASON: this machine can't run the test.
no_trees() {
  if [[ ${SPIKED_FRESH_TEST-} == optional ]]; then
    echo "fresh: skipped: $1"
    exit 0
  fi
  echo "FAIL  $1"
  FAILED=$((FAILED + 1))
  finish
}

forms=("$@")
((${#forms[@]})) || forms=(bare furnished user)
for form in "${forms[@]}"; do
  case $form in
    bare|furnished|user) ;;
    *) echo "usage: fresh_test.sh [bare] [furnished] [user]" >&2
       exit 2 ;;
  esac
done

((EUID == 0)) || no_trees "a Debian tree to work in needs root"
namespaces=(setpriv --pdeathsig KILL
  unshare --mount --mount-proc --pid --fork --kill-child)
why=$("${namespaces[@]}" true 2>&1) ||
  no_trees "a tree gets no mounts and processes of its own: $why"
debian_archive_make || no_trees "$DEBIAN_ERROR"

cache=""
if [[ ${SPIKED_FRESH_CCACHE-} != none ]] && command -v ccache >/dev/null; then
  cache=$(ccache --get-config cache_dir)
  mkdir -p "$cache"
fi
mkdir -p build/fresh/archives
# Readable by root only: settings for registries may be private.
WORK=$(mktemp --directory "$PWD/build/fresh/work.XXXXXX")

for form in "${forms[@]}"; do
  start=$SECONDS
  mkdir "$WORK/$form"
  "${namespaces[@]}" tests/fresh/form.sh "$form" "$WORK/$form" \
    "$PWD/build/fresh/archives" "$cache" </dev/null &
  FORM_PID=$!
  wait "$FORM_PID" || echo "$form: it broke before it could count"
  FORM_PID=""
  passed=0 failed=1
  [[ ! -s $WORK/$form/counts ]] || read -r passed failed <"$WORK/$form/counts"
  PASSED=$((PASSED + passed))
  FAILED=$((FAILED + failed))
  echo "      $form: $((SECONDS - start)) s"
  rm -rf --one-file-system "${WORK:?}/$form"
done
finish
