// SPDX-License-Identifier: Apache-2.0

import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { decodeErrorDetails, describeError } from "../src/errors.js";
import { statusDetails, toServiceError } from "./fake_daemon.js";

describe("decodeErrorDetails", () => {
  it("decodes google.rpc.Status from the wire", () => {
    // code 3, message "bad", one BadRequest with the violation of "dt_ms".
    const value = "0a0d 0a05 64745f6d73 1204 6e6f7065";
    const typeUrl = Buffer.from(
      "type.googleapis.com/google.rpc.BadRequest",
    ).toString("hex");
    const any = `0a29 ${typeUrl} 120f ${value}`;
    const bytes = Buffer.from(
      `0803 1203 626164 1a3c ${any}`.replaceAll(" ", ""),
      "hex",
    );
    assert.deepEqual(decodeErrorDetails(bytes), {
      reason: "",
      metadata: {},
      violations: [{ field: "dt_ms", description: "nope" }],
    });
  });

  it("decodes reason and metadata, and skips what it doesn't know", () => {
    const bytes = statusDetails({
      code: 10,
      message: "at another step",
      details: [
        { typeName: "google.rpc.RetryInfo", bytes: Buffer.of(0x08, 0x01) },
        {
          typeName: "google.rpc.ErrorInfo",
          message: {
            reason: "STEP_MISMATCH",
            domain: "spiked",
            metadata: { current_step: "7" },
          },
        },
      ],
    });
    assert.deepEqual(decodeErrorDetails(bytes), {
      reason: "STEP_MISMATCH",
      metadata: { current_step: "7" },
      violations: [],
    });
  });
});

describe("describeError", () => {
  function describeInvalid(message: string): string {
    const status = toServiceError({
      code: 3,
      message,
      details: [
        {
          typeName: "google.rpc.BadRequest",
          message: {
            field_violations: [
              { field: "network.dt_ms", description: "0 is too small" },
              { field: "network.seed", description: "1.5 is odd" },
            ],
          },
        },
      ],
    });
    return describeError(Object.assign(new Error(message), status));
  }

  it("lists violations below the message", () => {
    assert.equal(
      describeInvalid("bad network"),
      "INVALID_ARGUMENT: bad network\n" +
        "  network.dt_ms: 0 is too small\n" +
        "  network.seed: 1.5 is odd",
    );
  });

  it("says nothing twice", () => {
    assert.equal(
      describeInvalid("2 violations:\nnetwork.dt_ms: 0 is too small"),
      "INVALID_ARGUMENT: 2 violations:\n" +
        "  network.dt_ms: 0 is too small\n" +
        "  network.seed: 1.5 is odd",
    );
    assert.equal(
      describeInvalid("network.dt_ms: 0 is too small"),
      "INVALID_ARGUMENT:\n" +
        "  network.dt_ms: 0 is too small\n" +
        "  network.seed: 1.5 is odd",
    );
  });

  it("is content with other errors", () => {
    assert.equal(describeError(new Error("no disk")), "no disk");
    assert.equal(describeError("text"), "text");
  });
});
