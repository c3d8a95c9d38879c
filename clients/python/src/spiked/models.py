# SPDX-License-Identifier: Apache-2.0
"""The models of a server, as it describes them: text, and HTML in notebooks."""

from __future__ import annotations

import difflib
import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from spiked.v1 import model_pb2

_DOI = re.compile(r"doi:(10\.\S+?)(?=[.,;)]?(?:\s|$))")
_INF = float("inf")
# Title, head and rows.
_Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]
_Value = TypeVar("_Value")
_Message = TypeVar(
    "_Message",
    model_pb2.ModelParameter,
    model_pb2.ModelVariable,
    model_pb2.ModelReceptor,
    model_pb2.ModelScheme,
    model_pb2.CellClass,
)


class Named(Mapping[str, _Value], Generic[_Value]):
    """Things by name, in order; an unknown name suggests the nearest."""

    def __init__(self, what: str, things: Mapping[str, _Value]) -> None:
        """Holds the things; `what` is their word in errors."""
        self._what = what
        self._things = dict(things)

    def __getitem__(self, name: str) -> _Value:
        """Returns the thing with the name."""
        try:
            return self._things[name]
        except (KeyError, TypeError):
            pass
        near = difflib.get_close_matches(str(name), self._things, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ";"
        raise KeyError(
            f"unknown {self._what} {name!r}{hint} known: "
            + ", ".join(self._things)
        )

    def __iter__(self) -> Iterator[str]:
        """Iterates over the names."""
        return iter(self._things)

    def __len__(self) -> int:
        """Returns how many there are."""
        return len(self._things)

    def __repr__(self) -> str:
        """Returns the names."""
        return f"<{len(self)} of {self._what}: {', '.join(self)}>"


class Model:
    """A model with all that a network can set of it.

    Attributes:
      kind: "neuron", "synapse", "input" or "encoder".
      name: what networks call it.
      summary: one sentence.
      equations: as text, with sources and names in other simulators.
      parameters: by name: unit, description, default_value, min, max.
      variables: by name: unit, description, initial_value.
      receptors: by name: unit of weights, description. The first is the
        default.
      schemes: by name: description with the order of the error. The first is
        the default; without any, there is only what `equations` says.
      cell_classes: by name: description, parameters.
      message: all of it as `v1.Model`.
    """

    def __init__(self, message: model_pb2.Model) -> None:
        """Reads the message."""
        self.message = message
        self.kind = model_pb2.ModelKind.Name(message.kind).lower()
        self.name = message.name
        self.summary = message.summary
        self.equations = message.equations
        self.parameters = _by_name("parameters", message.parameters)
        self.variables = _by_name("variables", message.variables)
        self.receptors = _by_name("receptors", message.receptors)
        self.schemes = _by_name("schemes", message.schemes)
        self.cell_classes = _by_name("cell classes", message.cell_classes)

    @property
    def sources(self) -> list[str]:
        """Digital object identifiers of the publications, in order."""
        return list(dict.fromkeys(_DOI.findall(self.equations)))

    def __repr__(self) -> str:
        """Returns all of it as text."""
        lines = [f"{self.name} ({self.kind}): {self.summary}", self.equations]
        for title, _, rows in self._tables():
            lines += ["", title]
            cells = [[*row] for row in rows]
            # The last column is text of any length.
            widths = [
                max(map(len, column)) for column in zip(*cells, strict=True)
            ][:-1]
            lines += [
                "  "
                + "  ".join([*map(str.ljust, row, widths), row[-1]]).rstrip()
                for row in cells
            ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        equations = _DOI.sub(
            r'<a href="https://doi.org/\1">doi:\1</a>',
            html.escape(self.equations, quote=False),
        )
        parts = [
            f'<h3 id="{self.name}">{self.name}</h3>',
            f"<p>{html.escape(self.summary)}</p>",
            f"<p><code>{equations}</code></p>",
        ]
        for title, head, rows in self._tables():
            parts += [f"<h4>{title}</h4>", "<table>", _row("th", head)]
            parts += [_row("td", row) for row in rows]
            parts.append("</table>")
        return "\n".join(parts)

    def _tables(
        self,
    ) -> Iterator[_Table]:
        """Returns the tables that have rows."""
        message = self.message
        tables: list[_Table] = [
            (
                "Parameters",
                ("name", "default", "unit", "range", "meaning"),
                [
                    (
                        p.name,
                        f"{p.default_value:g}",
                        p.unit,
                        _range(p),
                        _said(p),
                    )
                    for p in message.parameters
                ],
            ),
            (
                "Variables",
                ("name", "first value", "unit", "meaning"),
                [
                    (v.name, v.initial_value, v.unit, v.description)
                    for v in message.variables
                ],
            ),
            (
                "Receptors",
                ("name", "unit of weights", "meaning"),
                [(r.name, r.unit, r.description) for r in message.receptors],
            ),
            (
                "Schemes",
                ("name", "order of computation, and error"),
                [(s.name, s.description) for s in message.schemes],
            ),
            (
                "Cell classes",
                ("name", "parameters", "meaning"),
                [
                    (
                        c.name,
                        ", ".join(
                            f"{key} = {value:g}"
                            for key, value in sorted(c.parameters.items())
                        ),
                        c.description,
                    )
                    for c in message.cell_classes
                ],
            ),
        ]
        return (table for table in tables if table[2])


class Models(Named[Model]):
    """The models of a server by name."""

    def __init__(self, messages: Iterable[model_pb2.Model]) -> None:
        """Reads the messages, whose names are unique."""
        super().__init__("models", {m.name: Model(m) for m in messages})

    def _repr_html_(self) -> str:
        rows = [
            _row("td", (model.name, model.kind, model.summary))
            for model in self.values()
        ]
        head = _row("th", ("name", "kind", "summary"))
        return "\n".join(["<table>", head, *rows, "</table>"])


def reference_page(models: Models, version: str) -> str:
    """Returns the reference of all models as a page of HTML."""
    kinds = dict.fromkeys(model.kind for model in models.values())
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en"><head><meta charset="utf-8">',
        f"<title>Models of spiked {html.escape(version)}</title>",
        "<style>body{font-family:sans-serif;max-width:60em;margin:2em auto}"
        "table{border-collapse:collapse}"
        "td,th{border:1px solid #ccc;padding:.2em .5em;text-align:left}"
        "</style></head><body>",
        f"<h1>Models of spiked {html.escape(version)}</h1>",
    ]
    for kind in kinds:
        named = [model for model in models.values() if model.kind == kind]
        links = (f'<a href="#{m.name}">{m.name}</a>' for m in named)
        parts += [f"<h2>{kind.capitalize()} models</h2>"]
        parts += [f"<p>{' · '.join(links)}</p>"]
        parts += [model._repr_html_() for model in named]
    return "\n".join([*parts, "</body></html>", ""])


def _by_name(what: str, things: Iterable[_Message]) -> Named[_Message]:
    return Named(what, {thing.name: thing for thing in things})


def _row(tag: str, cells: Iterable[str]) -> str:
    inner = "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells)
    return f"<tr>{inner}</tr>"


def _range(parameter: model_pb2.ModelParameter) -> str:
    first = "(" if parameter.min_exclusive or parameter.min == -_INF else "["
    last = ")" if parameter.max == _INF else "]"
    return f"{first}{parameter.min:g}, {parameter.max:g}{last}"


def _said(parameter: model_pb2.ModelParameter) -> str:
    shared = " The same for all." if parameter.is_shared else ""
    return parameter.description + shared
