# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# A small Debian 12 from its packages, as an archive. Sourced.
#
# Sets
#   DEBIAN_ARCHIVE  its path
#   DEBIAN_ERROR    the reason, when debian_archive_make fails
#
# shellcheck disable=SC2034  # What is set is read by the others.

DEBIAN_ARCHIVE=build/debian-12.tar
DEBIAN_ERROR=""

# The archive is kept for later runs for a limited time, as packages get fixes.
debian_archive_make() {
  [[ -z $(find "$DEBIAN_ARCHIVE" -mtime -30 2>/dev/null) ]] || return 0
  if ((EUID != 0)); then
    DEBIAN_ERROR="only root can make a Debian tree"
    return 1
  fi
  if ! command -v debootstrap >/dev/null && ! { apt-get update --quiet=2 &&
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet=2 \
      --no-install-recommends debootstrap; } >&2; then
    DEBIAN_ERROR="debootstrap, which makes a Debian tree, can't be installed"
    return 1
  fi
  local root
  root=$(mktemp --directory --tmpdir spiked-debian.XXXXXX)
  mkdir -p "${DEBIAN_ARCHIVE%/*}"
  if ! { debootstrap --variant=minbase bookworm "$root" &&
    chroot "$root" apt-get clean &&
    rm -rf "$root"/var/lib/apt/lists/* "$root"/var/log/*.log &&
    tar --create --one-file-system --file "$DEBIAN_ARCHIVE.$$" \
      --directory "$root" .; } >"$DEBIAN_ARCHIVE.log" 2>&1; then
    DEBIAN_ERROR="debootstrap makes no Debian tree:
$(tail -n 5 "$DEBIAN_ARCHIVE.log")"
    rm -rf --one-file-system "$root" "$DEBIAN_ARCHIVE.$$"
    return 1
  fi
  mv "$DEBIAN_ARCHIVE.$$" "$DEBIAN_ARCHIVE"
  rm -rf --one-file-system "$root"
}
