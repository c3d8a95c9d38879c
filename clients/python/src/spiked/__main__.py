# SPDX-License-Identifier: Apache-2.0
"""`python -m spiked`: the daemon in the foreground, with its own options."""

import os
import sys

from spiked import _daemon

if __name__ == "__main__":
    try:
        daemon = _daemon.find_daemon()
    except FileNotFoundError as error:
        sys.exit(f"spiked: {error}")
    # In place of this process, so that signals reach the daemon.
    os.execv(daemon, [daemon, *sys.argv[1:]])
