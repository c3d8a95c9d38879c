// SPDX-License-Identifier: Apache-2.0
//
// Errors as text for people.

import { status as grpcStatus, type ServiceError } from "@grpc/grpc-js";

import { messageType } from "./proto.js";

export interface FieldViolation {
  // The path from the request, e.g. "network.projections[2].delay_ms".
  field: string;
  description: string;
}

export interface ErrorDetails {
  // For programs, e.g. "INVALID_NETWORK"; empty if the server gave none.
  reason: string;
  metadata: Record<string, string>;
  violations: FieldViolation[];
}

// A mistake in a request that this client found before sending it.
export class InvalidRequestError extends Error {
  override readonly name = "InvalidRequestError";

  constructor(
    message: string,
    readonly violations: readonly FieldViolation[],
  ) {
    super(message);
  }
}

const STATUS_DETAILS_KEY = "grpc-status-details-bin";

interface StatusMessage {
  details: { type_url: string; value: Uint8Array }[];
}

interface ErrorInfoMessage {
  reason: string;
  metadata: Record<string, string>;
}

interface BadRequestMessage {
  field_violations: FieldViolation[];
}

// The messages of error_details.proto are copies of google.rpc's under other
// names; in status details they are packed under the original names.
export function decodeErrorDetails(statusBytes: Uint8Array): ErrorDetails {
  const result: ErrorDetails = { reason: "", metadata: {}, violations: [] };
  const status = deserialize("Status", statusBytes) as StatusMessage;
  for (const detail of status.details) {
    const typeName = detail.type_url.split("/").at(-1);
    if (typeName === "google.rpc.ErrorInfo") {
      const info = deserialize("ErrorInfo", detail.value) as ErrorInfoMessage;
      result.reason = info.reason;
      result.metadata = info.metadata;
    } else if (typeName === "google.rpc.BadRequest") {
      const bad = deserialize("BadRequest", detail.value) as BadRequestMessage;
      result.violations.push(...bad.field_violations);
    }
  }
  return result;
}

function deserialize(messageName: string, bytes: Uint8Array): object {
  return messageType(messageName).deserialize(Buffer.from(bytes));
}

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && "metadata" in error;
}

export function hasStatus(error: unknown, code: grpcStatus): boolean {
  return isServiceError(error) && error.code === code;
}

export function errorDetailsOf(error: ServiceError): ErrorDetails {
  const bytes = error.metadata.get(STATUS_DETAILS_KEY)[0];
  if (bytes instanceof Uint8Array) {
    try {
      return decodeErrorDetails(bytes);
    } catch {
      // A broken detail must not hide the error that it belongs to.
    }
  }
  return { reason: "", metadata: {}, violations: [] };
}

export function describeError(error: unknown): string {
  if (error instanceof InvalidRequestError) {
    return withViolations(error.message, error.violations);
  }
  if (isServiceError(error)) {
    const { reason, violations } = errorDetailsOf(error);
    const code = grpcStatus[error.code] ?? `status ${String(error.code)}`;
    const heading = reason === "" ? code : `${code} (${reason})`;
    const text = withViolations(error.details, violations);
    return `${heading}:${text.startsWith("\n") ? "" : " "}${text}`;
  }
  return error instanceof Error ? error.message : String(error);
}

// Appends each violation on a line of its own. The server may also write the
// first ones into its message, for clients that don't decode the details; these
// aren't repeated.
function withViolations(
  message: string,
  violations: readonly FieldViolation[],
): string {
  const lines = violations.map(
    ({ field, description }) => `${field}: ${description}`,
  );
  const known = new Set(lines);
  const rest = message.split("\n").filter((line) => !known.has(line));
  return [rest.join("\n"), ...lines.map((line) => `  ${line}`)].join("\n");
}
