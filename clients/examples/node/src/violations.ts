// SPDX-License-Identifier: Apache-2.0
//
// Finds mistakes in the protobuf JSON mapping of a message, with their paths.
//
// protobuf-es stops at the first error, and names the field, but not which of
// many populations has it. So each part of a mapping that it rejects is checked
// by itself.

import {
  type DescField,
  type DescMessage,
  fromJson,
  type JsonObject,
  type JsonValue,
} from "@bufbuild/protobuf";
import { isFieldError } from "@bufbuild/protobuf/reflect";

import type { FieldViolation } from "./errors.js";

// As in protobuf-es; a YAML alias can contain itself.
const MAX_DEPTH = 100;

export function violationsOf(
  schema: DescMessage,
  value: JsonValue,
  path: string,
  depth = 0,
): FieldViolation[] {
  const error = errorOf(schema, value);
  if (error === null) {
    return [];
  }
  const fields =
    isMapping(value) && depth < MAX_DEPTH ? Object.entries(value) : [];
  const inside = fields.flatMap(([key, element]) =>
    violationsOfField(schema, key, element, `${path}.${key}`, depth),
  );
  if (inside.length > 0) {
    return inside;
  }
  const { message } = error;
  const description = isMapping(value)
    ? message
    : `${message}; ${allowed(schema.fields)}`;
  return [{ field: path, description }];
}

function violationsOfField(
  schema: DescMessage,
  key: string,
  value: JsonValue,
  path: string,
  depth: number,
): FieldViolation[] {
  const field = schema.fields.find(
    ({ name, jsonName }) => name === key || jsonName === key,
  );
  if (field === undefined) {
    const description = `unknown field; ${allowed(schema.fields)}`;
    return [{ field: path, description }];
  }
  const error = errorOf(schema, { [key]: value });
  if (error === null) {
    return [];
  }
  const inside = messagesIn(field, value).flatMap(([message, place, element]) =>
    violationsOf(message, element, path + place, depth + 1),
  );
  if (inside.length > 0) {
    return inside;
  }
  const { message: text } = isFieldError(error.cause) ? error.cause : error;
  const names = field.enum && allowed(field.enum.values);
  const description = names === undefined ? text : `${text}; ${names}`;
  return [{ field: path, description }];
}

// The messages in a field, each with its path from the field.
function messagesIn(
  field: DescField,
  value: JsonValue,
): [DescMessage, string, JsonValue][] {
  const { message } = field;
  if (message === undefined) {
    return [];
  }
  if (field.fieldKind === "message") {
    return [[message, "", value]];
  }
  if (field.fieldKind === "list" && Array.isArray(value)) {
    return value.map((element, i) => [message, `[${i}]`, element]);
  }
  if (field.fieldKind === "map" && isMapping(value)) {
    return Object.entries(value).map(([key, element]) => [
      message,
      `.${key}`,
      element,
    ]);
  }
  return [];
}

function errorOf(schema: DescMessage, value: JsonValue): Error | null {
  try {
    fromJson(schema, value);
    return null;
  } catch (error) {
    return error as Error;
  }
}

function allowed(named: readonly { name: string }[]): string {
  return `allowed: ${named.map(({ name }) => name).join(", ")}`;
}

function isMapping(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
