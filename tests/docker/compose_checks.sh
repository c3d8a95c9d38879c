# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Checks the daemon's service in compose.yaml. The other two services are images
# of other projects, from a registry. Sourced by docker_test.sh.

# The daemon alone, from the image that was built here.
composition_starts() {
  local id
  printf 'services: {spiked: {image: "%s"}}\n' "$IMAGE" >"$WORK/override.yaml"
  compose config --quiet
  echo yes >"$WORK/compose_up"
  compose up --detach --no-build spiked
  id=$(compose ps --quiet spiked)
  wait_until 60 is_healthy_or_ended "$id" || true
  "$DOCKER" logs --tail 40 "$id"
  expect health "$(health "$id")" healthy
  container_has "$id" '{{.HostConfig.ReadonlyRootfs}}' true
  container_has "$id" '{{json .HostConfig.CapDrop}}' '["ALL"]'
  container_has "$id" '{{json .HostConfig.SecurityOpt}}' \
    '["no-new-privileges:true"]'
  local ports='{{range .HostConfig.PortBindings}}{{range .}}{{.HostIp}} {{end}}'
  container_has "$id" "$ports{{end}}" '127.0.0.1 127.0.0.1 '
  compose stop spiked
  container_has "$id" '{{.State.ExitCode}}' 0
  compose down --volumes
}

container_has() {
  expect "$2" "$("$DOCKER" inspect --format "$2" "$1")" "$3"
}

# Uses free ports, so that a composition that runs on this machine doesn't
# interfere.
compose() {
  local arguments=(--project-name "spiked-test-$$" --project-directory docker)
  export SPIKED_GRPC_PORT=0 SPIKED_METRICS_PORT=0
  # The test's own engine can't allow more than this machine allows the test.
  if [[ -n $ENGINE_DIR && $(ulimit -Hn) != unlimited ]]; then
    export SPIKED_OPEN_FILES
    SPIKED_OPEN_FILES=$(ulimit -Hn)
  fi
  if docker compose version >/dev/null 2>&1; then
    docker compose "${arguments[@]}" --file docker/compose.yaml \
      --file "$WORK/override.yaml" "$@"
    return
  fi
  if ! command -v docker-compose >/dev/null; then
    echo "neither 'docker compose' nor docker-compose is installed"
    return 1
  fi
  docker-compose "${arguments[@]}" --file docker/compose.yaml \
    --file "$WORK/override.yaml" "$@"
}
