# SPDX-License-Identifier: Apache-2.0
"""Runs the Python blocks of a page, in order, in one namespace.

Standard input is JSON: a list of [page, line, text]. Errors name the page and
its line.
"""

import json
import sys

namespace: dict[str, object] = {"__name__": "__main__"}
for page, line, text in json.load(sys.stdin):
    # Empty lines before the text give it the line numbers of the page.
    exec(compile("\n" * (line - 1) + text, page, "exec"), namespace)
