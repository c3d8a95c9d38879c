#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh FOLDER SECONDS: runs the fuzzer in the folder for that long for each
# target, from the corpus in git and from inputs that earlier runs found
# (FOLDER/found), one target on each core. An input that breaks something is
# kept in FOLDER/crashes: copy it to corpus/ when you fix it.
set -euo pipefail

export bin=$1
export seconds=$2
here=$(cd "$(dirname "$0")" && pwd)
export here
targets=(names spikes requests access stimulus change upload network calls talks)

fuzz() {
  local target=$1
  local log="$bin/$target.log"
  mkdir -p "$bin/found/$target"
  # Leaks are checked at the end only, since streams outlive the call of a
  # target.
  if ! SPIKED_FUZZ_TARGET=$target "$bin/spiked_fuzzer" \
      -max_total_time="$seconds" -timeout=20 \
      -rss_limit_mb=4096 -max_len=4096 -print_final_stats=1 \
      -detect_leaks=0 -artifact_prefix="$bin/crashes/$target-" \
      "$bin/found/$target" "$here/corpus/$target" >"$log" 2>&1; then
    tail -60 "$log"
    echo "fuzz $target: found something, see $bin/crashes" >&2
    return 1
  fi
  local runs cover
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  cover=$(grep -o 'cov: [0-9]*' "$log" | tail -1)
  echo "fuzz $target: $runs inputs in $seconds s, $cover"
}
export -f fuzz

mkdir -p "$bin/crashes"
printf '%s\n' "${targets[@]}" |
  xargs -P "$(nproc)" -I '{}' bash -c 'set -euo pipefail; fuzz {}'
