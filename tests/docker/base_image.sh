# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The image that the others are made from. Sourced; needs engine.sh.
#
# Sets
#   BASE_IMAGE   its name
#   BASE_ERROR   why there is none, when base_image_get fails
#
# shellcheck disable=SC2034  # What is set is read by the others.

BASE_IMAGE=debian:12-slim
BASE_ERROR=""
# A base image that was made here, to be removed; empty if there is none.
BASE_IMPORTED=""
BASE_ARCHIVE=build/docker/base-image.tar

# Where the registry can't be reached, a Debian from its packages does instead.
base_image_get() {
  "$DOCKER" image inspect "$BASE_IMAGE" >/dev/null 2>&1 && return
  timeout 120 "$DOCKER" pull --quiet "$BASE_IMAGE" >/dev/null 2>&1 && return
  base_archive_make || return 1
  BASE_IMAGE=spiked-test-base:$$
  local answer
  if ! answer=$("$DOCKER" import --change 'CMD ["bash"]' \
    "$BASE_ARCHIVE" "$BASE_IMAGE" 2>&1); then
    BASE_ERROR="$BASE_ARCHIVE can't be imported: $answer"
    return 1
  fi
  BASE_IMPORTED=$BASE_IMAGE
}

# Kept for the next run, but not for ever: packages get fixes.
base_archive_make() {
  [[ -z $(find "$BASE_ARCHIVE" -mtime -30 2>/dev/null) ]] || return 0
  local why="$BASE_IMAGE can't be pulled, and"
  if ((EUID != 0)); then
    BASE_ERROR="$why only root can make one like it"
    return 1
  fi
  if ! command -v debootstrap >/dev/null && ! { apt-get update --quiet=2 &&
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 \
      --no-install-recommends debootstrap; } >&2; then
    BASE_ERROR="$why debootstrap, which makes one like it, can't be installed"
    return 1
  fi
  local root
  root=$(mktemp --directory --tmpdir spiked-base.XXXXXX)
  mkdir -p "${BASE_ARCHIVE%/*}"
  if ! { debootstrap --variant=minbase bookworm "$root" &&
    chroot "$root" apt-get clean &&
    rm -rf "$root"/var/lib/apt/lists/* "$root"/var/log/*.log &&
    tar --create --one-file-system --file "$BASE_ARCHIVE.$$" \
      --directory "$root" .; } >"$BASE_ARCHIVE.log" 2>&1; then
    BASE_ERROR="$why debootstrap doesn't make one like it:
$(tail -n 5 "$BASE_ARCHIVE.log")"
    rm -rf --one-file-system "$root" "$BASE_ARCHIVE.$$"
    return 1
  fi
  mv "$BASE_ARCHIVE.$$" "$BASE_ARCHIVE"
  rm -rf --one-file-system "$root"
}
