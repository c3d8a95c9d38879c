# SPDX-License-Identifier: Apache-2.0
"""Queries to protobuf descriptors."""

from __future__ import annotations

from google.protobuf.descriptor import Descriptor, FieldDescriptor


def fields_by_key(descriptor: Descriptor) -> dict[str, FieldDescriptor]:
    """Returns the fields by their keys in JSON.

    The keys of a field are its name in snake_case and in lowerCamelCase.
    """
    fields = descriptor.fields
    return {
        **{field.name: field for field in fields},
        **{field.json_name: field for field in fields},
    }


def is_map(field: FieldDescriptor) -> bool:
    """Returns whether a field is a map."""
    message = field.message_type
    return bool(message and message.GetOptions().map_entry)


def is_repeated(field: FieldDescriptor) -> bool:
    """Returns whether a field is a list or a map."""
    # `label` is deprecated in new runtimes, `is_repeated` missing in old ones.
    if hasattr(field, "is_repeated"):
        return field.is_repeated
    label = getattr(field, "label", None)
    return bool(label == FieldDescriptor.LABEL_REPEATED)


def wanted_form(descriptor: Descriptor) -> str:
    """Returns a description of the form of a message, for an error."""
    names = [field.name for field in descriptor.fields]
    if not names:
        return "must be an empty mapping, {}"
    if descriptor.name == "Value":
        return (
            "must be a number, a list of numbers, or a mapping with one of "
            f"{', '.join(names)}"
        )
    if len(names) == 1:
        return f"must be a mapping, {{{names[0]}: ...}}"
    return f"must be a mapping with some of {', '.join(names)}"
