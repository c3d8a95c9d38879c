# SPDX-License-Identifier: Apache-2.0
"""A session, whose methods are in one module for each part of its work.

`base` has the members that all parts use; `session` combines the parts. May
import `spiked._rpc`, `spiked.streams` and the modules for networks, stimuli and
changes. Only `spiked.client`, which makes sessions, imports this package.
"""

from spiked.session.session import Session

__all__ = ["Session"]
