# SPDX-License-Identifier: Apache-2.0
"""A daemon under all faults at once, for hours: nothing grows, nobody is late.

Several tenants do everything that clients do, and everything that they
shouldn't (soak_load.py), while a session of another tenant is watched
(soak_watch.py). Writes soak.csv as it goes, soak.png and verdict.txt at the
end, and exits with 1 if a bound was passed (soak_verdict.py). `make soak`; ends
only processes that it started.
"""

import argparse
import contextlib
import csv
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from soak_load import PARTS
from soak_verdict import checks
from soak_watch import COLUMNS, Watch
from spiked import Client, LocalServer
from test_stalled_bodies import make_token
from watch import eventually, unfinished_calls

SCRIPT = Path(__file__).with_name("soak_load.py")
# Tenants by name: their line in the file of quotas.
TENANTS = {
    "watched": "",
    "alpha": "sessions=20 memory_bytes=2e8",
    "beta": "sessions=20 streams=30 stimuli_per_s=1000 memory_bytes=2e8",
    "gamma": "sessions=20 stream_bytes_per_s=1e6 memory_bytes=2e8",
    "greedy": "weight=2",
}
OPTIONS = ["--memory-limit-mb", "1000", "--history-total-mb", "100"]
MIN_ROWS = 12
# A client with all its streams is killed about so often.
KILL_PERIOD_S = 20
# More failures than this say that the load itself is broken.
MAX_FAILURES = 3


def make_light(pid: int):
    """Gives a session's processes little weight beside the daemon.

    The daemon's promise is about its own work, and the interpreters of many
    clients would want more than all of a small machine. Linux may weigh whole
    sessions against each other, in which niceness only divides what each gets.
    """
    os.setpriority(os.PRIO_PROCESS, pid, 19)
    with contextlib.suppress(OSError):  # a kernel without groups
        Path(f"/proc/{pid}/autogroup").write_text("19")


class LoadProcess:
    """The load of one tenant; killed and started again."""

    def __init__(self, address: str, token: str, parts: list[str], log):
        self._arguments = [sys.executable, str(SCRIPT), address]
        self._environment = {**os.environ, "SPIKED_TOKEN": token}
        self._parts = parts
        self._log = log
        self._process: subprocess.Popen | None = None

    def start(self, seed: int):
        self._process = subprocess.Popen(
            [*self._arguments, str(seed), *self._parts],
            env=self._environment,
            stdin=subprocess.PIPE,  # its end tells the load to end
            stdout=subprocess.DEVNULL,
            stderr=self._log,
            start_new_session=True,  # a group, with the clients it starts
        )
        make_light(self._process.pid)

    def has_failed(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def kill(self):
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process.stdin.close()
        self._process = None


def soak(server, tokens, arguments, rows_out, log):
    """Runs the load; returns (rows, number of failures of the load)."""
    rng = random.Random(arguments.seed)
    seconds = arguments.hours * 3600
    interval_s = min(30.0, seconds / MIN_ROWS)
    watch = Watch(server, tokens["watched"])
    loads = [
        LoadProcess(server.address, token, arguments.parts, log)
        for tenant, token in tokens.items()
        if tenant != "watched"
    ]
    table = csv.DictWriter(rows_out, COLUMNS)
    table.writeheader()
    rows = []
    failures = 0
    begin = time.monotonic()
    next_kill = begin + KILL_PERIOD_S
    with contextlib.ExitStack() as stack:
        stack.callback(watch.stop)
        for load in loads:
            stack.callback(load.kill)
            load.start(rng.randrange(2**31))
        while len(rows) * interval_s < seconds and failures <= MAX_FAILURES:
            next_row = begin + (len(rows) + 1) * interval_s
            while (now := time.monotonic()) < min(next_kill, next_row):
                time.sleep(min(next_kill, next_row) - now)
            for load in loads:
                if load.has_failed():
                    failures += 1
                    load.kill()
                    load.start(rng.randrange(2**31))
            if now >= next_kill:
                load = rng.choice(loads)
                load.kill()
                load.start(rng.randrange(2**31))
                next_kill = now + KILL_PERIOD_S
            if now >= next_row:
                rows.append(watch.row())
                table.writerow({k: f"{v:.6g}" for k, v in rows[-1].items()})
                rows_out.flush()
    if watch.watched.error:
        print(f"the watched session: {watch.watched.error}")
        failures += 1
    return rows, failures


def delete_all(server, tokens):
    """Deletes the sessions that killed clients have left."""
    for token in tokens.values():
        with Client(server.address, token=token) as client:
            for session in list(client.list_sessions()):
                session.delete()


def write_access_files(binary: str, folder: Path) -> dict[str, str]:
    """Makes the files of tokens and quotas; returns tokens by tenant."""
    file = folder / "tokens"
    file.unlink(missing_ok=True)
    tokens = {name: make_token(binary, file, name) for name in TENANTS}
    (folder / "quotas").write_text(
        "".join(f"{name} {line}\n" for name, line in TENANTS.items() if line)
    )
    return tokens


def draw(rows, arguments):
    """Draws the curves if matplotlib is there."""
    try:
        import soak_picture
    except ImportError as error:
        print(f"no picture: {error}")
        return
    title = f"{arguments.hours:g} h, seed {arguments.seed}"
    soak_picture.draw(rows, title, arguments.out / "soak.png")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", required=True, help="the daemon")
    parser.add_argument("--out", type=Path, required=True, help="a folder")
    parser.add_argument("--hours", type=float, default=0.67)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--parts",
        nargs="*",
        default=PARTS,
        metavar="PART",
        help=", ".join(PARTS),
    )
    arguments = parser.parse_args()
    arguments.parts = arguments.parts or PARTS
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"unknown parts {sorted(unknown)}; there are {PARTS}")
    if not 0 < arguments.hours <= 24 * 7:
        parser.error(f"--hours {arguments.hours} is not in (0, 168]")
    return arguments


def main() -> int:
    arguments = parse()
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    tokens = write_access_files(arguments.binary, out)
    files = ["--token-file", out / "tokens", "--quota-file", out / "quotas"]
    with (
        LocalServer(arguments.binary, *OPTIONS, *map(str, files)) as server,
        open(out / "soak.csv", "w", newline="") as rows_out,
        open(out / "load.log", "w") as log,
    ):
        rows, failures = soak(server, tokens, arguments, rows_out, log)
        delete_all(server, tokens)
        eventually(lambda: unfinished_calls(server) == 0)
        left_calls = unfinished_calls(server)
    if failures > MAX_FAILURES or len(rows) < MIN_ROWS:
        print(f"the load failed: see {out / 'load.log'}")
        return 1
    draw(rows, arguments)
    found = checks(rows, left_calls)
    lines = [str(check) for check in found]
    lines.append(f"{'FAIL' if failures else 'ok  '} failures: {failures}")
    (out / "verdict.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))
    return 0 if failures == 0 and all(check.ok for check in found) else 1


if __name__ == "__main__":
    sys.exit(main())
