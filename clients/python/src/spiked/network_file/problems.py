# SPDX-License-Identifier: Apache-2.0
"""The problems of a network, collected before they are reported."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spiked.errors import InvalidNetworkError


@dataclass(frozen=True)
class Problem:
    """One problem of a network.

    Attributes:
      path: path of the field, e.g. "network.projections[2].delay_ms".
      line: line of the file, counted from 1; None if unknown.
      description: the given value and what is allowed.
    """

    path: str
    line: int | None
    description: str


class Problems:
    """Collects problems in the order they are found."""

    def __init__(self) -> None:
        """Begins with none."""
        self._problems: list[Problem] = []

    def __len__(self) -> int:
        """Returns the number of problems."""
        return len(self._problems)

    def add(self, path: str, line: int | None, description: str) -> None:
        """Adds a problem."""
        self._problems.append(Problem(path, line, description))

    def error(self, source: str) -> InvalidNetworkError:
        """Returns all problems as one error.

        Args:
          source: name of the file; "" if there is none.
        """
        return network_error(source, self._problems)


def network_error(
    source: str, problems: Sequence[Problem]
) -> InvalidNetworkError:
    """Returns an error that lists problems with file, line and path.

    One line for each, e.g. `columnar.yaml:17: network.projections[2].delay_ms:
    "1 ms": must be ...`.
    """
    return InvalidNetworkError(
        "\n".join(_text(source, problem) for problem in problems),
        reason="INVALID_NETWORK",
        violations=[(p.path, p.description) for p in problems],
    )


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Returns `; did you mean "..."?`, or "" if nothing is similar."""
    similar = difflib.get_close_matches(name, list(names), n=1)
    return f'; did you mean "{similar[0]}"?' if similar else ""


def _text(source: str, problem: Problem) -> str:
    place = source
    if source and problem.line is not None:
        place = f"{source}:{problem.line}"
    parts = [place, problem.path, problem.description]
    return ": ".join(part for part in parts if part)
