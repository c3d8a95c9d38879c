# SPDX-License-Identifier: Apache-2.0
"""Fenced blocks of Markdown pages, each with its language, line and mark."""

import dataclasses
import re

# An HTML comment before a block that can't run, with its reason.
MARK = re.compile(r"<!-- not run: (.+?) -->")
FENCE = re.compile(r"^( *)```(\w*)$")


@dataclasses.dataclass(frozen=True)
class Block:
    """A block of a page."""

    page: str
    line: int  # of its first line of text, from 1
    language: str
    text: str
    reason: str  # why it doesn't run; empty: it runs

    @property
    def place(self) -> str:
        """The page and line, as compilers print them."""
        return f"{self.page}:{self.line}"


def blocks_of(page: str, text: str) -> list[Block]:
    """Returns the blocks of a page in order."""
    found = []
    reason = language = indent = ""
    first = 0
    lines: list[str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        fence = FENCE.match(line)
        if lines is None and fence:
            indent, language = fence.groups()
            first, lines = number + 1, []
        elif lines is not None and fence:
            content = "".join(f"{each}\n" for each in lines)
            found.append(Block(page, first, language, content, reason))
            lines, reason = None, ""
        elif lines is not None:
            lines.append(line.removeprefix(indent))
        elif mark := MARK.fullmatch(line.strip()):
            reason = mark[1]
        elif line.strip():
            reason = ""
    assert lines is None, f"{page}:{first}: the block has no end"
    return found


def indented_commands(text: str) -> list[int]:
    """Returns the lines that begin a block by indentation, outside fences."""
    found = []
    before, in_fence, in_list = "", False, False
    for number, line in enumerate(text.splitlines(), start=1):
        if FENCE.match(line):
            in_fence = not in_fence
        elif not in_fence:
            if re.match(r"([-*]|\d+\.) ", line):
                in_list = True
            elif line and not line.startswith(" "):
                in_list = False
            if line.startswith("    ") and not before and not in_list:
                found.append(number)
        before = line
    return found
