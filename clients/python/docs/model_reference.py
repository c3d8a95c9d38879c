# SPDX-License-Identifier: Apache-2.0
"""Writes the reference of all models: DAEMON OUTPUT.html."""

import sys
from pathlib import Path

from spiked import Client, LocalServer
from spiked.models import reference_page

_, daemon, output = sys.argv
with LocalServer(daemon) as server, Client(server.address) as client:
    page = reference_page(client.models, client.server_info().version)
Path(output).parent.mkdir(parents=True, exist_ok=True)
Path(output).write_text(page, encoding="utf-8")
print(output)
