// SPDX-License-Identifier: Apache-2.0
//
// Turns the protobuf JSON mapping of a message into the object that
// proto-loader takes.
//
// proto-loader silently leaves out fields and enum values that it doesn't know,
// and sends all members of a oneof, of which the server then takes the last. A
// misspelt "delay_ms" must not become a network without delays, so that all
// this is checked here. Whether the numbers make sense is for the server to
// say.

import type { FieldViolation } from "./errors.js";
import type { Field, Schema } from "./schema.js";

export interface Conversion {
  message: Record<string, unknown>;
  // Empty if the message is complete.
  violations: FieldViolation[];
}

// As in the protobuf libraries; a YAML alias can contain itself.
const MAX_DEPTH = 100;

const INTEGER_BITS: Readonly<Record<string, number>> = {
  TYPE_INT32: 32,
  TYPE_INT64: 64,
};

const INTEGER_TEXT = /^-?[0-9]+$/;

// Thrown inside of this file only.
class Violation extends Error {}

export function fromJsonMapping(
  schema: Schema,
  messageName: string,
  value: unknown,
  path: string,
): Conversion {
  const converter = new Converter(schema);
  const message = converter.message(messageName, value, path, 0);
  return { message: message ?? {}, violations: converter.violations };
}

class Converter {
  readonly violations: FieldViolation[] = [];

  constructor(private readonly schema: Schema) {}

  message(
    messageName: string,
    value: unknown,
    path: string,
    depth: number,
  ): Record<string, unknown> | undefined {
    const fields = this.schema.messages.get(messageName);
    if (fields === undefined) {
      throw new Error(`there is no message ${messageName} in the API`);
    }
    if (!isMapping(value)) {
      return this.violation(path, `expected a mapping, got ${describe(value)}`);
    }
    if (depth > MAX_DEPTH) {
      return this.violation(path, `nested more than ${MAX_DEPTH} deep`);
    }
    const result: Record<string, unknown> = {};
    const memberOfOneof = new Map<string, string>();
    for (const [key, element] of Object.entries(value)) {
      const field = fields.get(key) ?? fields.get(toSnakeCase(key));
      if (field === undefined) {
        this.violation(
          join(path, key),
          `unknown field; allowed: ${[...fields.keys()].join(", ")}`,
        );
        continue;
      }
      if (field.name in result) {
        this.violation(join(path, key), `given twice`);
        continue;
      }
      if (element === null || element === undefined) {
        continue; // The JSON mapping takes null for "not set".
      }
      if (field.oneof !== null) {
        const other = memberOfOneof.get(field.oneof);
        if (other !== undefined) {
          this.violation(
            join(path, key),
            `only one of ${other} and ${field.name} may be given`,
          );
          continue;
        }
        memberOfOneof.set(field.oneof, field.name);
      }
      const converted = this.field(field, element, join(path, key), depth);
      if (converted !== undefined) {
        result[field.name] = converted;
      }
    }
    return result;
  }

  private field(
    field: Field,
    value: unknown,
    path: string,
    depth: number,
  ): unknown {
    if (field.isRepeated) {
      if (!Array.isArray(value)) {
        return this.violation(path, `expected a list, got ${describe(value)}`);
      }
      return value.map((element: unknown, index) =>
        this.single(field, element, `${path}[${index}]`, depth),
      );
    }
    const mapValue = field.mapValue;
    if (mapValue !== null) {
      if (!isMapping(value)) {
        return this.violation(
          path,
          `expected a mapping, got ${describe(value)}`,
        );
      }
      return Object.fromEntries(
        Object.entries(value).map(([key, element]) => [
          key,
          this.single(mapValue, element, join(path, key), depth),
        ]),
      );
    }
    return this.single(field, value, path, depth);
  }

  private single(
    field: Field,
    value: unknown,
    path: string,
    depth: number,
  ): unknown {
    if (field.type === "TYPE_MESSAGE") {
      return this.message(field.typeName, value, path, depth + 1);
    }
    try {
      return this.scalar(field, value);
    } catch (error) {
      if (error instanceof Violation) {
        return this.violation(path, error.message);
      }
      throw error;
    }
  }

  private scalar(field: Field, value: unknown): unknown {
    switch (field.type) {
      case "TYPE_DOUBLE":
        return toDouble(value);
      case "TYPE_INT32":
      case "TYPE_INT64":
        return toInteger(value, INTEGER_BITS[field.type]!);
      case "TYPE_STRING":
        return toText(value);
      case "TYPE_BOOL":
        if (typeof value !== "boolean") {
          throw new Violation(`expected true or false, got ${describe(value)}`);
        }
        return value;
      case "TYPE_ENUM":
        return this.enumValue(field.typeName, value);
      default:
        throw new Error(`${field.type} is not needed by any network so far`);
    }
  }

  private enumValue(enumName: string, value: unknown): string | number {
    const names = this.schema.enums.get(enumName) ?? new Set<string>();
    if (typeof value === "string" && names.has(value)) {
      return value;
    }
    if (typeof value === "number" && Number.isInteger(value)) {
      return value;
    }
    throw new Violation(
      `expected one of ${[...names].join(", ")}, got ${describe(value)}`,
    );
  }

  private violation(field: string, description: string): undefined {
    this.violations.push({ field, description });
    return undefined;
  }
}

function toDouble(value: unknown): number {
  if (typeof value === "number") {
    return value;
  }
  // JSON has no other way to write the numbers that aren't finite, and allows
  // all others to be quoted.
  if (typeof value === "string" && value.trim() !== "") {
    const number = Number(value);
    if (!Number.isNaN(number) || value === "NaN") {
      return number;
    }
  }
  throw new Violation(`expected a number, got ${describe(value)}`);
}

// An integer as text, so that 64 bits survive.
function toInteger(value: unknown, bits: number): string {
  if (typeof value === "number" && Number.isInteger(value)) {
    if (!Number.isSafeInteger(value)) {
      // YAML has already rounded it.
      throw new Violation(
        `integers beyond +/-${Number.MAX_SAFE_INTEGER} must be in quotes`,
      );
    }
    return checkRange(BigInt(value), bits);
  }
  if (typeof value === "string" && INTEGER_TEXT.test(value)) {
    return checkRange(BigInt(value), bits);
  }
  throw new Violation(`expected an integer, got ${describe(value)}`);
}

function checkRange(value: bigint, bits: number): string {
  if (value !== BigInt.asIntN(bits, value)) {
    throw new Violation(`${value} does not fit ${bits} bits`);
  }
  return value.toString();
}

function toText(value: unknown): string {
  if (typeof value !== "string") {
    throw new Violation(
      `expected a string, got ${describe(value)}; put it in quotes`,
    );
  }
  return value;
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (value === null || value === undefined) {
    return "nothing";
  }
  if (Array.isArray(value)) {
    return "a list";
  }
  if (typeof value === "object") {
    return "a mapping";
  }
  if (typeof value === "string") {
    return JSON.stringify(value);
  }
  const scalar = value as boolean | number | bigint;
  return String(scalar);
}

// The JSON mapping allows "delayMs" for "delay_ms".
function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
