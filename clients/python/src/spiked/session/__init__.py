# SPDX-License-Identifier: Apache-2.0
"""A session, whose methods are in one module for each part of its work.

`base` is what all parts know, `session` puts them together. May import
`spiked._rpc`, `spiked.streams` and what describes networks, stimuli and
changes; only `spiked.client`, which makes sessions, imports it.
"""

from spiked.session.session import Session

__all__ = ["Session"]
