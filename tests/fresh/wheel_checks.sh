# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
#
# Checks of what `make dist` makes: made in the tree of the form, used in another
# one that has Python and no package to build with. Sourced by form.sh.

# The other tree: its folder, and what it has.
CLEAN=$FOLDER/clean
CLEAN_GIVEN=(python3-venv)

dist_is_made() {
  in_checkout make dist
  cp -r "$TREE$HOME_OF_WHO/spiked/build/dist" "$FOLDER/dist"
  cd "$FOLDER/dist" || return
  ls -l
  sha256sum --check SHA256SUMS
  expect "files without a checksum" \
    "$(comm -3 <(ls) <({ echo SHA256SUMS; cut -c 67- SHA256SUMS; } | sort))" ""
  expect wheels "$(find . -name '*.whl' | wc -l)" 2
  [[ -s $(wheel any) && -s $(wheel manylinux) ]]
  # Names no branch and no folder of the machine.
  tar --list --gzip --file spiked-*-source.tar.gz >list
  expect "folder of the source archive" "$(cut -d / -f 1 list | sort -u)" \
    "$(basename spiked-*-source.tar.gz -source.tar.gz)"
  grep -q '/clients/python/setup.py$' list
  rm list
}

# wheel any|manylinux: the path of a wheel.
wheel() {
  local found=("$FOLDER"/dist/spiked-*-none-"$1"*.whl)
  echo "${found[0]}"
}

clean_tree_is_made() {
  local TREE=$CLEAN HOME_OF_WHO=/root package
  tree_with "${CLEAN_GIVEN[@]}"
  for package in git make g++ cmake libgrpc++1.51 libprotobuf32 libhwy1 \
    libabsl20220623 libspdlog1.10 libprometheus-cpp-core1.0; do
    is_absent "$package"
  done
  cp -r "$FOLDER/dist" "$TREE/dist"
  cp tests/fresh/wheel_check.py "$TREE/root"
  as_root python3 -m venv /venv
}

in_clean() {
  local TREE=$CLEAN
  timeout "$LIMIT_S" chroot "$TREE" env -i "${ENVIRONMENT[@]}" HOME=/root \
    USER=root "$@" 2>&1 | tee -a "$LOG"
}

# pip takes the daemon where it runs, the client alone elsewhere.
pip_takes_the_right_wheel() {
  in_clean /venv/bin/pip download --quiet --no-index --no-deps \
    --find-links /dist --dest /here spiked
  in_clean /venv/bin/pip download --quiet --no-index --no-deps \
    --find-links /dist --dest /there --only-binary :all: \
    --platform macosx_11_0_arm64 spiked
  expect "wheel here" "$(ls "$CLEAN/here")" "$(basename "$(wheel manylinux)")"
  expect "wheel on a Mac" "$(ls "$CLEAN/there")" "$(basename "$(wheel any)")"
}

daemon_runs_from_the_wheel() {
  in_clean /venv/bin/pip install --quiet --disable-pip-version-check \
    "/dist/$(basename "$(wheel manylinux)")"
  in_clean /venv/bin/python /root/wheel_check.py daemon
  in_clean /venv/bin/python -m spiked --version
}

licences_are_in_the_wheel() {
  in_clean /venv/bin/python /root/wheel_check.py licences
}

# The client alone names the wheel that it would take.
client_says_what_is_missing() {
  in_clean /venv/bin/pip install --quiet --disable-pip-version-check \
    --no-deps --force-reinstall "/dist/$(basename "$(wheel any)")"
  local said tag
  said=$(in_clean /venv/bin/python /root/wheel_check.py client)
  echo "$said"
  tag=$(basename "$(wheel manylinux)" .whl)
  grep -qF -- "-${tag#spiked-*-}.whl" <<<"$said"
}

wheel_checks() {
  check "$FORM: make dist makes wheels, source archive, checksums" dist_is_made
  ((FAILED == 0)) || return 0
  check "$FORM: a tree with nothing to build with is made" clean_tree_is_made
  ((FAILED == 0)) || return 0
  check "$FORM: pip takes the right wheel" pip_takes_the_right_wheel
  check "$FORM: the daemon runs from the wheel" daemon_runs_from_the_wheel
  check "$FORM: licences of all libraries are in it" licences_are_in_the_wheel
  check "$FORM: the client alone says what is missing" \
    client_says_what_is_missing
}
