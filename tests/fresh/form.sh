#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# form.sh FORM FOLDER ARCHIVES CACHE: one form of fresh_test.sh, which calls it
# in namespaces for mounts and processes that end with it. Makes a tree in
# FOLDER, and writes the numbers of passed and failed checks to FOLDER/counts.
# ARCHIVES keeps downloads of apt, CACHE compiled files; "" means no cache.

set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=../docker/checks.sh
source tests/docker/checks.sh
# shellcheck source-path=SCRIPTDIR source=../docker/debian_archive.sh
source tests/docker/debian_archive.sh

FORM=$1
FOLDER=$2
ARCHIVES=$3
CACHE=$4
TREE=$FOLDER/tree
LOG=build/fresh/$FORM.log
LIMIT_S=2400

GIVEN=(git make)
WHO=root
HOME_OF_WHO=/root
case $FORM in
  furnished)
    # Other packages that the tests need are left out, or their set-up wouldn't
    # be tested.
    GIVEN+=(libgtest-dev libgmock-dev nodejs npm python3-pip python3-numpy
      python3-grpcio python3-protobuf) ;;
  user)
    GIVEN+=(sudo)
    WHO=tester
    HOME_OF_WHO=/home/tester ;;
esac

# Variables to reach package registries: proxies, certificates, settings of pip
# and npm; and the language, on which the compiler cache depends.
mapfile -t PASSED_ON < <(compgen -e |
  grep -E '_(proxy|PROXY)$|CERT|_CA_|_CAINFO$|^(LANG$|(LC|PIP|NPM_CONFIG|npm_config)_)')

ENVIRONMENT=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin)
for name in "${PASSED_ON[@]}"; do
  ENVIRONMENT+=("$name=${!name}")
done
if [[ -n $CACHE ]]; then
  ENVIRONMENT+=(CCACHE_DIR=/ccache CCACHE_TEMPDIR=/tmp/ccache
    CCACHE_STATSLOG=/tmp/ccache.log)
  # Files in the cache must stay owned by root.
  [[ $WHO == root ]] || ENVIRONMENT+=(CCACHE_READONLY=1)
fi

as_root() {
  chroot "$TREE" env -i "${ENVIRONMENT[@]}" HOME=/root USER=root "$@"
}

# Runs a command in the checkout, as the user of the form.
in_checkout() {
  # shellcheck disable=SC2016  # Expanded in the tree.
  timeout "$LIMIT_S" chroot --userspec="$WHO:$WHO" "$TREE" \
    env -i "${ENVIRONMENT[@]}" HOME="$HOME_OF_WHO" USER="$WHO" \
    sh -c 'cd "$HOME/spiked" && exec "$@"' sh "$@" 2>&1 | tee -a "$LOG"
}

# tree_with PACKAGE...: a fresh Debian in TREE, with these packages.
tree_with() {
  mkdir "$TREE"
  tar --extract --numeric-owner --file "$DEBIAN_ARCHIVE" --directory "$TREE"
  chmod 755 "$TREE"
  mounts_are_made
  registries_can_be_reached
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends "$@"
}

tree_is_made() {
  tree_with "${GIVEN[@]}"
  case $FORM in
    furnished) others_are_first_in_path ;;
    user) user_is_made ;;
  esac
  git clone --quiet --depth 1 "file://$PWD" "$TREE$HOME_OF_WHO/spiked"
  as_root chown -R "$WHO:$WHO" "$HOME_OF_WHO"
}

mounts_are_made() {
  mount -t proc proc "$TREE/proc"
  mount -t tmpfs -o mode=1777 tmpfs "$TREE/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts \
    "$TREE/dev/pts"
  mount --bind "$ARCHIVES" "$TREE/var/cache/apt/archives"
  [[ -n $CACHE ]] || return 0
  mkdir "$TREE/ccache"
  mount --bind "$CACHE" "$TREE/ccache"
  [[ $WHO == root ]] || mount -o remount,bind,ro "$TREE/ccache"
}

# Copies this machine's settings for registries into the tree.
registries_can_be_reached() {
  local name word
  # Files named in the variables.
  for name in "${PASSED_ON[@]}"; do
    for word in ${!name}; do
      if [[ $word == /* && -f $word || $name == PIP_* && -d $word ]]; then
        cp --recursive --dereference --parents "$word" "$TREE"
      fi
    done
  done
  # Installing ca-certificates makes the bundle from these again.
  for word in /etc/hosts /etc/resolv.conf /etc/pip.conf /etc/npmrc \
    /etc/ssl/certs/ca-certificates.crt /usr/local/share/ca-certificates; do
    [[ ! -e $word ]] ||
      cp --recursive --dereference --parents "$word" "$TREE"
  done
  mkdir -p "$TREE$HOME_OF_WHO"
  for word in .npmrc .pip .config/pip; do
    [[ ! -e $HOME/$word ]] ||
      (cd "$HOME" && cp --recursive --parents "$word" "$TREE$HOME_OF_WHO")
  done
  apt-config dump | grep '^Acquire::' >"$TREE/etc/apt/apt.conf.d/90acquire"
  local mirror
  mirror=$(awk '$1 == "deb" {print $2; exit}' "$TREE/etc/apt/sources.list")
  printf 'deb %s main\n' "$mirror bookworm" "$mirror bookworm-updates" \
    "$mirror-security bookworm-security" >"$TREE/etc/apt/sources.list"
  # Trees need not survive a loss of power.
  echo force-unsafe-io >"$TREE/etc/dpkg/dpkg.cfg.d/unsafe-io"
}

# Puts programs first in PATH, like version managers whose versions aren't
# installed.
others_are_first_in_path() {
  local name
  for name in python3 node npm cmake; do
    printf '#!/bin/sh\necho "%s of others" >&2\nexit 1\n' "$name" \
      >"$TREE/usr/local/bin/$name"
    chmod +x "$TREE/usr/local/bin/$name"
  done
}

user_is_made() {
  as_root useradd --home-dir "$HOME_OF_WHO" --create-home \
    --shell /bin/bash "$WHO"
  {
    echo "$WHO ALL=(ALL) NOPASSWD: ALL"
    ((${#PASSED_ON[@]} == 0)) ||
      echo "Defaults env_keep += \"${PASSED_ON[*]}\""
  } >"$TREE/etc/sudoers.d/$WHO"
}

demo_runs() {
  in_checkout make demo PACE=max
}

pictures_are_drawn() {
  local name file size
  for name in neuron-trace.png spikes.png; do
    file=$TREE$HOME_OF_WHO/spiked/$name
    size=$(stat --format %s "$file")
    echo "$name: $size bytes"
    expect signature "$(head -c 8 "$file" | od -A n -t x1)" \
      " 89 50 4e 47 0d 0a 1a 0a"
    expect "last chunk" "$(tail -c 8 "$file" | head -c 4)" IEND
    ((size > 20000))
  done
}

# Builds and installations of a target depend on the target alone.
tests_are_absent() {
  local package
  for package in libgtest-dev libyaml-cpp-dev prometheus nodejs; do
    [[ " ${GIVEN[*]} " == *" $package "* ]] || is_absent "$package"
  done
  expect "folders of tests" \
    "$(find "$TREE$HOME_OF_WHO/spiked/build" -path '*/release/tests')" ""
}

is_absent() {
  # shellcheck disable=SC2016  # Expanded by dpkg-query.
  if as_root dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null |
    grep -qx installed; then
    echo "$1 is installed"
    return 1
  fi
}

tests_are_set_up() {
  in_checkout make setup-test
}

# Checks the daemon after the set-up of the tests, and after removing a package
# that they need.
daemon_is_as_it_was() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get remove -y -qq \
    libyaml-cpp-dev
  local output
  output=$(in_checkout make build)
  echo "$output"
  grep -q 'ninja: no work to do' <<<"$output"
  is_absent libyaml-cpp-dev
}

cache_served() {
  [[ -n $CACHE && -s $TREE/tmp/ccache.log ]] || return 0
  local hits misses
  # grep fails if it counts 0.
  hits=$(grep -cE '^(direct|preprocessed)_cache_hit$' "$TREE/tmp/ccache.log") ||
    true
  misses=$(grep -c '^cache_miss$' "$TREE/tmp/ccache.log") || true
  echo "      $FORM: $hits objects from the compiler cache, $misses compiled"
}

# shellcheck source-path=SCRIPTDIR source=wheel_checks.sh
source tests/fresh/wheel_checks.sh

: >"$LOG"
check "$FORM: the tree is made" tree_is_made
if ((FAILED == 0)); then
  check "$FORM: make demo runs" demo_runs
  cache_served
  ((FAILED)) || check "$FORM: it draws both pictures" pictures_are_drawn
  ((FAILED)) || wheel_checks
  check "$FORM: nothing of the tests is installed or built" tests_are_absent
  check "$FORM: what make test sets up" tests_are_set_up
  check "$FORM: the daemon is as it was" daemon_is_as_it_was
  as_root apt-get autoclean -qq >/dev/null
fi
echo "$PASSED $FAILED" >"$FOLDER/counts"
