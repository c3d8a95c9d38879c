# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Checks of the image and of a container of it. Sourced by docker_test.sh.

# Builds as README.md tells users, but from the base image found by
# base_image.sh.
image_builds() {
  local arguments=(build --file docker/Dockerfile --tag "$IMAGE"
    --build-arg "BASE_IMAGE=$BASE_IMAGE"
    "${BUILD_NETWORK[@]}" "${TARGET[@]}")
  if ((BUILDKIT)); then
    DOCKER_BUILDKIT=1 timeout "$BUILD_LIMIT_S" \
      "$DOCKER" "${arguments[@]}" --progress plain .
  else
    sed -n 's/^!//p' docker/Dockerfile.dockerignore |
      tar --create --ignore-failed-read --files-from - docker/Dockerfile |
      DOCKER_BUILDKIT=0 timeout "$BUILD_LIMIT_S" \
        "$DOCKER" "${arguments[@]}" --force-rm -
  fi
}

image_is_configured() {
  image_has '{{.Config.User}}' 10001:10001
  image_has '{{.Config.StopSignal}}' SIGTERM
  image_has '{{json .Config.Entrypoint}}' '["/usr/local/bin/spiked"]'
  image_has '{{json .Config.Cmd}}' null
  image_has '{{json .Config.ExposedPorts}}' '{"50051/tcp":{},"9464/tcp":{}}'
  image_has '{{index .Config.Healthcheck.Test 2}}' probe
  image_has '{{index .Config.Labels "org.opencontainers.image.title"}}' spiked
}

image_has() {
  expect "$1" "$("$DOCKER" image inspect --format "$1" "$IMAGE")" "$2"
}

# Runs with the restrictions of compose.yaml.
container_gets_healthy() {
  "$DOCKER" run --detach --read-only --cap-drop ALL \
    --security-opt no-new-privileges --health-interval 1s \
    --publish 127.0.0.1::50051 --publish 127.0.0.1::9464 \
    "$IMAGE" >"$WORK/container"
  wait_until 60 is_healthy_or_ended "$(container)" || true
  container_log
  expect health "$(health "$(container)")" healthy
}

daemon_has_no_rights() {
  local status
  status=$("$DOCKER" exec "$(container)" cat /proc/1/status)
  expect name "$(field Name <<<"$status")" spiked
  expect uids "$(field Uid <<<"$status")" "10001 10001 10001 10001"
  expect gids "$(field Gid <<<"$status")" "10001 10001 10001 10001"
  expect capabilities "$(field CapEff <<<"$status")" 0000000000000000
}

client_advances() {
  timeout 120 "$PYTHON" tests/docker/client_check.py advance \
    "$(published 50051)" "$NETWORK"
}

metrics_are_published() {
  local url metrics
  url=http://$(published 9464)
  metrics=$(http_get "$url/metrics")
  grep -q '^spiked_build_info{.*version=".*} 1' <<<"$metrics"
  grep -q '^spiked_sessions_created_total.* 1$' <<<"$metrics"
  http_get "$url/healthz"
}

# Stops while a client follows a running session.
container_stops() {
  local follower start status=0
  timeout 120 "$PYTHON" tests/docker/client_check.py follow \
    "$(published 50051)" "$NETWORK" >"$WORK/followed" 2>&1 &
  follower=$!
  echo "$follower" >"$WORK/follower"
  wait_until 60 is_following_or_ended "$follower" || true
  start=$SECONDS
  "$DOCKER" stop -t 25 "$(container)"
  echo "stopped after $((SECONDS - start)) s"
  container_log
  expect "exit status" "$("$DOCKER" inspect \
    --format '{{.State.ExitCode}} {{.State.OOMKilled}}' "$(container)")" \
    "0 false"
  ((SECONDS - start < 25))
  wait "$follower" || status=$?
  cat "$WORK/followed"
  expect "client's exit status" "$status" 0
}

is_following_or_ended() {
  grep -qs following "$WORK/followed" || process_ended "$1"
}

container() {
  cat "$WORK/container"
}

container_log() {
  "$DOCKER" logs --tail 40 "$(container)"
}

health() {
  "$DOCKER" inspect --format '{{.State.Health.Status}}' "$1"
}

is_healthy_or_ended() {
  [[ $(health "$1") == healthy ||
    $("$DOCKER" inspect --format '{{.State.Running}}' "$1") == false ]]
}

# published PORT: the address on this machine.
published() {
  "$DOCKER" port "$(container)" "$1" | head -n 1
}

# field NAME: a field of /proc/PID/status, which is on standard input.
field() {
  awk -v name="$1:" '$1 == name {$1 = ""; print substr($0, 2)}'
}

# Uses Python, which is needed anyway, instead of curl.
http_get() {
  "$PYTHON" -c 'import sys, urllib.request as request
print(request.urlopen(sys.argv[1], timeout=10).read().decode())' "$1"
}
