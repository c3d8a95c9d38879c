#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the columnar network in real time and draws its activity.

Starts a server (or uses a running one), creates a session, streams all spikes
and one membrane potential over gRPC while it runs, stimulates the sensory layer
of three columns halfway, and writes neuron-trace.png and spikes.png.

    columnar_demo.py --server build/release/server/spiked --output-dir demo
    columnar_demo.py --address localhost:50051 --pace max
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from demo_pictures import draw
from demo_recording import Recorded, Stimulation, record
from demo_summary import summary
from spiked import Client, LocalServer, ServerProcessError, SpikedError

NETWORK = Path(__file__).resolve().parents[2] / "networks" / "columnar.yaml"


def parse_arguments(arguments: list[str] | None) -> argparse.Namespace:
    """Returns the options; exits with 2 if they are wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--server", help="path of the daemon to start, if not the installed one"
    )
    where.add_argument("--address", help="host:port of a running server")
    parser.add_argument("--network", default=NETWORK, help="network file")
    parser.add_argument(
        "--pace",
        type=pace,
        default=1.0,
        help="model seconds per wall second, or max: as fast as possible",
    )
    parser.add_argument(
        "--duration-ms", type=int, default=20_000, help="model time to run"
    )
    parser.add_argument(
        "--stimulus-ms", type=int, default=500, help="length of the stimulus"
    )
    parser.add_argument(
        "--current", type=float, default=15.0, help="of the stimulus, mV/ms"
    )
    parser.add_argument(
        "--output-dir", type=Path, default="demo", help="of the pictures"
    )
    options = parser.parse_args(arguments)
    if options.duration_ms < 1 or options.stimulus_ms < 1:
        parser.error("--duration-ms and --stimulus-ms must be at least 1")
    return options


def pace(text: str) -> float | None:
    """Returns a pace; None for "max"."""
    if text == "max":
        return None
    value = float(text)
    if not 0.001 <= value <= 1000:
        raise argparse.ArgumentTypeError(f"{text}: must be in [0.001, 1000]")
    return value


@contextlib.contextmanager
def server_address(options: argparse.Namespace) -> Iterator[str]:
    """Yields the address of a server; stops it at the end if started here.

    Raises:
      ServerProcessError: the server didn't start, or didn't exit with 0.
    """
    if options.address:
        yield options.address
        return
    server = LocalServer(options.server)
    try:
        with server:
            print(f"spiked {server.version} at {server.address}")
            yield server.address
    finally:
        print(f"server stopped, exit status {server.stop()}")


def run(options: argparse.Namespace) -> Recorded:
    """Runs the demo; writes the pictures and prints the summary."""
    options.output_dir.mkdir(parents=True, exist_ok=True)
    stimulation = Stimulation(
        population="sensory",
        columns=(3, 4, 5),
        start_ms=options.duration_ms // 2,
        duration_ms=options.stimulus_ms,
        current=options.current,
    )
    with server_address(options) as address, Client(address) as client:
        pacing = "lockstep" if options.pace is None else "real_time"
        with client.create_session(
            options.network, pacing=pacing, pace=options.pace or 0
        ) as session:
            recorded = record(session, stimulation, options.duration_ms)
    files = draw(recorded, options.output_dir)
    print(summary(recorded, files))
    return recorded


def main(arguments: list[str] | None = None) -> int:
    """Runs the demo and returns the exit status."""
    options = parse_arguments(arguments)
    # SIGTERM acts like Ctrl-C, so that the server is stopped, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        recorded = run(options)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except (SpikedError, ServerProcessError, OSError) as error:
        print(f"columnar_demo: {error}", file=sys.stderr)
        return 1
    if recorded.dropped:
        print("columnar_demo: the pictures are incomplete", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
