# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A Docker engine for the test: a running one, else its own for as long as the
# test lasts. Sourced; needs checks.sh.
#
# Sets
#   DOCKER         the client to call
#   BUILDKIT       1 if that client can build with BuildKit, else 0
#   BUILD_NETWORK  flags for `docker build`
#   ENGINE_ERROR   the reason, when engine_start fails
#
# shellcheck disable=SC2034  # What is set is read by the others.

DOCKER=docker
BUILDKIT=0
BUILD_NETWORK=()
ENGINE_ERROR=""

# Folder of the test's own engine; empty while there is none.
ENGINE_DIR=""
ENGINE_PID=""
ENGINE_BRIDGE=""

engine_start() {
  if ! docker info >/dev/null 2>&1; then
    own_engine_install && own_engine_start || return 1
  fi
  choose_client
}

engine_stop() {
  [[ -n $ENGINE_DIR ]] || return 0
  if [[ -n $ENGINE_PID ]]; then
    kill -TERM "$ENGINE_PID" 2>/dev/null || true
    wait_until 20 process_ended "$ENGINE_PID" ||
      kill -KILL "$ENGINE_PID" 2>/dev/null || true
  fi
  [[ -z $ENGINE_BRIDGE ]] || ip link delete "$ENGINE_BRIDGE" || true
  # The engine leaves the network namespaces of its containers mounted.
  local mount
  while read -r mount; do
    umount "$mount" || true
  done < <(awk -v dir="$ENGINE_DIR/" 'index($2, dir) == 1 {print $2}' \
    /proc/mounts | sort --reverse)
  rm -rf --one-file-system "$ENGINE_DIR"
}

# Clients from 23 on leave BuildKit to a plugin that isn't always there;
# Debian's older client has it built in.
choose_client() {
  local client version
  for client in docker /usr/bin/docker; do
    version=$("$client" --version 2>/dev/null) || continue
    version=${version#Docker version }
    if "$client" buildx version >/dev/null 2>&1 || ((${version%%.*} < 23)); then
      DOCKER=$client
      BUILDKIT=1
      return
    fi
  done
}

own_engine_install() {
  local packages=()
  command -v dockerd >/dev/null || packages+=(docker.io)
  command -v ip >/dev/null || packages+=(iproute2)
  docker compose version >/dev/null 2>&1 ||
    command -v docker-compose >/dev/null || packages+=(docker-compose)
  ((${#packages[@]})) || return 0
  if ! command -v apt-get >/dev/null || ((EUID != 0)); then
    ENGINE_ERROR="no Docker engine answers, and without root and apt-get none\
 can be installed (${packages[*]})"
    return 1
  fi
  if ! { apt-get update --quiet=2 && DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes --quiet=2 --no-install-recommends "${packages[@]}"; } \
    >&2; then
    ENGINE_ERROR="no Docker engine answers, and apt-get can't install\
 ${packages[*]}"
    return 1
  fi
}

# Starts an engine that doesn't change the machine's firewall and routing: no
# packet rules and no forwarding. Published ports then work through the engine's
# proxy, but containers reach nothing outside, so images are built in the
# network of the host.
own_engine_start() {
  if ((EUID != 0)); then
    ENGINE_ERROR="no Docker engine answers, and only root can start one"
    return 1
  fi
  ENGINE_DIR=$(mktemp --directory --tmpdir spiked-docker.XXXXXX)
  bridge_up || return 1
  echo '{}' >"$ENGINE_DIR/daemon.json"
  dockerd \
    --config-file "$ENGINE_DIR/daemon.json" \
    --host "unix://$ENGINE_DIR/docker.sock" \
    --data-root "$ENGINE_DIR/data" \
    --exec-root "$ENGINE_DIR/exec" \
    --pidfile "$ENGINE_DIR/pid" \
    --bridge "$ENGINE_BRIDGE" \
    --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false \
    >"$ENGINE_DIR/log" 2>&1 &
  ENGINE_PID=$!
  export DOCKER_HOST=unix://$ENGINE_DIR/docker.sock
  BUILD_NETWORK=(--network host)
  if ! wait_until 60 engine_answers_or_ended || ! docker info >/dev/null 2>&1
  then
    ENGINE_ERROR="no Docker engine answers, and an own one doesn't start:
$(grep -E 'level=(error|fatal)|failed' "$ENGINE_DIR/log" | tail -n 5)"
    return 1
  fi
}

engine_answers_or_ended() {
  docker info >/dev/null 2>&1 || process_ended "$ENGINE_PID"
}

process_ended() {
  ! kill -0 "$1" 2>/dev/null
}

# Makes a bridge with an unused name and network.
bridge_up() {
  local name=spiked$$ prefix="" i
  for ((i = 0; i < 256; i++)); do
    prefix=10.213.$((($$ + i) % 256))
    [[ $(ip -4 route show) == *"$prefix."* ]] || break
  done
  local error
  if ! error=$({ ip link add name "$name" type bridge; } 2>&1); then
    ENGINE_ERROR="no Docker engine answers, and an own one gets no network:\
 $error"
    return 1
  fi
  ENGINE_BRIDGE=$name
  ip address add "$prefix.1/24" dev "$name"
  ip link set "$name" up
}
