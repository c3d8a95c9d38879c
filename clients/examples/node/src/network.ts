// SPDX-License-Identifier: Apache-2.0
//
// Reads network files: the protobuf JSON mapping of Network, as YAML or JSON.

import { readFile } from "node:fs/promises";

import { CORE_SCHEMA, load, mergeTag } from "js-yaml";

import { InvalidRequestError } from "./errors.js";
import { fromJsonMapping } from "./json_mapping.js";
import type { NetworkMessage } from "./messages.js";
import { loadSchema } from "./schema.js";

// YAML 1.2, and merges ("<<: *defaults"), which come from YAML 1.1.
const YAML_SCHEMA = CORE_SCHEMA.withTags(mergeTag);

const NETWORK_TYPE = "spiked.v1.Network";

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
  const document: unknown = load(text, {
    filename: fileName,
    schema: YAML_SCHEMA,
  });
  const { message, violations } = fromJsonMapping(
    loadSchema(),
    NETWORK_TYPE,
    document,
    "network",
  );
  if (violations.length > 0) {
    throw new InvalidRequestError(`${fileName} is not a network`, violations);
  }
  return message;
}
