# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# The image that the others are made from. Sourced; needs engine.sh and
# debian_archive.sh.
#
# Sets
#   BASE_IMAGE   its name
#   BASE_ERROR   the reason, when base_image_get fails
#
# shellcheck disable=SC2034  # What is set is read by the others.

BASE_IMAGE=debian:12-slim
BASE_ERROR=""
# The base image that was made here and must be removed; empty if there is none.
BASE_IMPORTED=""

# If the registry can't be reached, uses a Debian made from its packages.
base_image_get() {
  "$DOCKER" image inspect "$BASE_IMAGE" >/dev/null 2>&1 && return
  timeout 120 "$DOCKER" pull --quiet "$BASE_IMAGE" >/dev/null 2>&1 && return
  if ! debian_archive_make; then
    BASE_ERROR="$BASE_IMAGE can't be pulled, and $DEBIAN_ERROR"
    return 1
  fi
  BASE_IMAGE=spiked-test-base:$$
  local answer
  if ! answer=$("$DOCKER" import --change 'CMD ["bash"]' \
    "$DEBIAN_ARCHIVE" "$BASE_IMAGE" 2>&1); then
    BASE_ERROR="$DEBIAN_ARCHIVE can't be imported: $answer"
    return 1
  fi
  BASE_IMPORTED=$BASE_IMAGE
}
