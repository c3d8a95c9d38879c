# SPDX-License-Identifier: Apache-2.0
"""Turns nodes into a protobuf message according to its descriptor.

Checks names, types, ranges of integers, enums and oneofs against the
descriptor. The meaning of numbers is checked by the server.
"""

from __future__ import annotations

from typing import Any, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from spiked.network_file.descriptors import (
    fields_by_key,
    is_map,
    is_repeated,
    wanted_form,
)
from spiked.network_file.entries import effective_entries
from spiked.network_file.node import Entry, Node
from spiked.network_file.problems import Problems, did_you_mean
from spiked.network_file.scalars import bulk_values, scalar_value


class Converter:
    """Fills messages and collects all problems.

    Where a network has values (`v1.Value`), a number stands for one that is
    constant, and a list for one number each.
    """

    def __init__(self, problems: Problems) -> None:
        """Reports to `problems`."""
        self._problems = problems

    def fill(self, message: Message, node: Node, path: str) -> None:
        """Sets the fields of a message from a mapping."""
        # protobuf has two implementations of descriptors, with the same
        # attributes.
        descriptor = cast(Descriptor, message.DESCRIPTOR)
        if not node.is_mapping:
            if descriptor.name == "Value" and self._fill_value(
                message, node, path
            ):
                return
            self._wrong(path, node, wanted_form(descriptor))
            return
        fields = fields_by_key(descriptor)
        entries = effective_entries(
            node,
            lambda key: fields[key].name if key in fields else key,
            lambda name, *two: self._duplicate(f"{path}.{name}", *two),
        )
        given: dict[str, Entry] = {}
        for name, entry in entries.items():
            field = fields.get(name)
            entry_path = f"{path}.{name}"
            if field is None:
                hint = did_you_mean(name, fields)
                self._problems.add(
                    entry_path,
                    entry.line,
                    f"no such field in {descriptor.name}{hint}",
                )
            elif self._is_only_member(field, entry, given, entry_path):
                self._fill_field(message, field, entry, entry_path)

    def _fill_value(self, message: Any, node: Node, path: str) -> bool:
        """Takes a number for {constant: number}, and a list for {list: ...}.

        Returns:
          Whether the node is either.
        """
        fields = fields_by_key(cast(Descriptor, message.DESCRIPTOR))
        if node.is_list:
            message.list.SetInParent()
            values = fields_by_key(cast(Descriptor, message.list.DESCRIPTOR))[
                "values"
            ]
            self._fill_list(message.list.values, values, node, path)
            return True
        if isinstance(node.content, bool | str) or node.content is None:
            return False
        number = self._scalar(node, fields["constant"], path)
        if number is not None:
            message.constant = number
        return True

    def _is_only_member(
        self,
        field: FieldDescriptor,
        entry: Entry,
        given: dict[str, Entry],
        path: str,
    ) -> bool:
        """Returns whether no other member of the field's oneof is given.

        Args:
          field: field of the entry.
          entry: the entry to check.
          given: the first entry of each oneof; new ones are added.
          path: path of the entry.
        """
        oneof = field.containing_oneof
        if oneof is None:
            return True
        before = given.setdefault(oneof.name, entry)
        if before is entry:
            return True
        members = ", ".join(member.name for member in oneof.fields)
        self._problems.add(
            path,
            entry.line,
            f"{before.key} is given, too{_at(before)}: must be only one of "
            f"{members}",
        )
        return False

    def _fill_field(
        self, message: Message, field: FieldDescriptor, entry: Entry, path: str
    ) -> None:
        node = entry.node
        if node.content is None:
            # Null means "not given", but a bare `one_to_one:` is meant to
            # select that rule.
            if field.containing_oneof and field.message_type:
                self._wrong(path, node, wanted_form(field.message_type))
        elif is_map(field):
            self._fill_map(getattr(message, field.name), field, node, path)
        elif is_repeated(field):
            self._fill_list(getattr(message, field.name), field, node, path)
        elif field.message_type:
            child = getattr(message, field.name)
            child.SetInParent()
            self.fill(child, node, path)
        else:
            value = self._scalar(node, field, path)
            if value is not None:
                setattr(message, field.name, value)

    def _fill_list(
        self, target: Any, field: FieldDescriptor, node: Node, path: str
    ) -> None:
        if not node.is_list:
            self._wrong(path, node, "must be a list")
            return
        if node.numbers is not None and not field.message_type:
            # All at once; one by one only to find out what is wrong.
            values = bulk_values(node.numbers, field)
            if values is not None:
                target.extend(values)
                return
        for i, element in enumerate(node.elements()):
            element_path = f"{path}[{i}]"
            if field.message_type:
                self.fill(target.add(), element, element_path)
            else:
                value = self._scalar(element, field, element_path)
                if value is not None:
                    target.append(value)

    def _fill_map(
        self, target: Any, field: FieldDescriptor, node: Node, path: str
    ) -> None:
        """Fills a map from names to messages; networks have no other maps."""
        if not node.is_mapping:
            self._wrong(path, node, "must be a mapping of names to values")
            return
        entries = effective_entries(
            node,
            on_duplicate=lambda name, *two: self._duplicate(
                f'{path}["{name}"]', *two
            ),
        )
        for name, entry in entries.items():
            self.fill(target[name], entry.node, f'{path}["{name}"]')

    def _scalar(self, node: Node, field: FieldDescriptor, path: str) -> Any:
        """Returns a field's value; None after reporting that it is wrong."""
        try:
            if node.is_mapping or node.is_list:
                raise ValueError("must be a single value")
            return scalar_value(node, field)
        except ValueError as error:
            self._wrong(path, node, str(error))
            return None

    def _duplicate(self, path: str, entry: Entry, before: Entry) -> None:
        self._problems.add(
            path, entry.line, f"is given twice, first{_at(before)}"
        )

    def _wrong(self, path: str, node: Node, allowed: str) -> None:
        self._problems.add(path, node.line, f"{node.describe()}: {allowed}")


def _at(entry: Entry) -> str:
    return f" in line {entry.line}" if entry.line is not None else ""
