// SPDX-License-Identifier: Apache-2.0
//
// Reads network files: the protobuf JSON mapping of Network, as YAML or JSON.
//
// proto-loader has no reader of the mapping. It silently drops unknown fields
// and enum values, and sends all given members of a oneof, of which the server
// uses the last. A misspelt "delay_ms" must not become a network without
// delays, so protobuf-es reads the mapping. The server checks the numbers.

import { readFile } from "node:fs/promises";

import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { CORE_SCHEMA, intCoreTag, load, mergeTag } from "js-yaml";

import { InvalidRequestError } from "./errors.js";
import type { NetworkMessage } from "./messages.js";
import { loadNetworkSchema } from "./schema.js";
import { violationsOf } from "./violations.js";

// Integers that a number would round stay text, which the mapping accepts, too.
const exactIntTag = {
  ...intCoreTag,
  resolve: (...args: Parameters<typeof intCoreTag.resolve>) => {
    const value = intCoreTag.resolve(...args);
    const isRounded = typeof value === "number" && !Number.isSafeInteger(value);
    return isRounded ? args[0] : value;
  },
};

// YAML 1.2, and merges ("<<: *defaults"), which come from YAML 1.1.
const YAML_SCHEMA = CORE_SCHEMA.withTags(exactIntTag, mergeTag);

export async function readNetwork(path: string): Promise<NetworkMessage> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new Error(`can't read the network: ${(error as Error).message}`);
  }
  return parseNetwork(text, path);
}

// The file name is for error messages.
export function parseNetwork(text: string, fileName: string): NetworkMessage {
  const document = load(text, {
    filename: fileName,
    schema: YAML_SCHEMA,
  }) as JsonValue;
  const schema = loadNetworkSchema();
  const violations = violationsOf(schema, document, "network");
  if (violations.length > 0) {
    throw new InvalidRequestError(`${fileName} is not a network`, violations);
  }
  const network = fromJson(schema, document);
  return toJson(schema, network, { useProtoFieldName: true }) as NetworkMessage;
}
