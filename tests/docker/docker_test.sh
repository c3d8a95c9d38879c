#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the image with a real Docker engine, and uses the daemon in it from
# outside. Without an engine it starts one of its own, which needs root; without
# access to the base image it makes one like it. If that is impossible, the test
# fails and prints the reason.
#
# SPIKED_DOCKER_TEST    optional: where it is impossible, the test is skipped
# SPIKED_DOCKER_BUILD   full: compiles in the image, as users do; prebuilt:
#                       copies build/release/server/spiked. Default: prebuilt
#                       if there is one
# SPIKED_PYTHON         a Python with the client; default build/venv/bin/python

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

# shellcheck source-path=SCRIPTDIR source=checks.sh
source tests/docker/checks.sh
# shellcheck source-path=SCRIPTDIR source=engine.sh
source tests/docker/engine.sh
# shellcheck source-path=SCRIPTDIR source=debian_archive.sh
source tests/docker/debian_archive.sh
# shellcheck source-path=SCRIPTDIR source=base_image.sh
source tests/docker/base_image.sh
# shellcheck source-path=SCRIPTDIR source=image_checks.sh
source tests/docker/image_checks.sh
# shellcheck source-path=SCRIPTDIR source=compose_checks.sh
source tests/docker/compose_checks.sh

PYTHON=${SPIKED_PYTHON:-build/venv/bin/python}
NETWORK=clients/networks/columnar.yaml
IMAGE=spiked-test:$$
WORK=$(mktemp --directory --tmpdir spiked-docker-test.XXXXXX)

# Without a target the Dockerfile compiles.
TARGET=()
BUILD_LIMIT_S=2400
DEFAULT_BUILD=full
[[ ! -x build/release/server/spiked ]] || DEFAULT_BUILD=prebuilt
if [[ ${SPIKED_DOCKER_BUILD:-$DEFAULT_BUILD} == prebuilt ]]; then
  TARGET=(--target runtime-prebuilt)
  BUILD_LIMIT_S=300
fi

# Ends everything that was started, by its id.
# shellcheck disable=SC2317,SC2329  # Called by the trap.
cleanup() {
  local id
  if [[ -s $WORK/follower ]]; then
    kill "$(<"$WORK/follower")" 2>/dev/null || true
  fi
  if [[ -s $WORK/compose_up ]]; then
    compose down --volumes --timeout 5 >/dev/null 2>&1 || true
  fi
  if [[ -s $WORK/container ]]; then
    "$DOCKER" rm --force --volumes "$(<"$WORK/container")" >/dev/null || true
  fi
  for id in "$IMAGE" "$BASE_IMPORTED"; do
    [[ -z $id ]] || "$DOCKER" image rm --force "$id" >/dev/null 2>&1 || true
  done
  engine_stop
  rm -rf "$WORK"
}
trap cleanup EXIT

finish() {
  echo "docker: $PASSED passed, $FAILED failed"
  ((FAILED == 0))
  exit
}

# no_containers REASON: this machine can't run the test.
no_containers() {
  if [[ ${SPIKED_DOCKER_TEST-} == optional ]]; then
    echo "docker: skipped: $1"
    exit 0
  fi
  echo "FAIL  $1"
  FAILED=$((FAILED + 1))
  finish
}

engine_start || no_containers "$ENGINE_ERROR"
base_image_get || no_containers "$BASE_ERROR"
why=$("$DOCKER" run --rm --network none "$BASE_IMAGE" true 2>&1) ||
  no_containers "the engine can't run a container: $why"

check "the image builds" image_builds
((FAILED == 0)) || finish
check "the image says how it is run" image_is_configured
check "a container gets healthy" container_gets_healthy
((FAILED == 0)) || finish
check "the daemon has no rights" daemon_has_no_rights
check "a client outside advances and streams a session" client_advances
check "metrics are published" metrics_are_published
check "docker stop ends streams and daemon in order" container_stops
check "the composition starts, hardened and on loopback" composition_starts
finish
