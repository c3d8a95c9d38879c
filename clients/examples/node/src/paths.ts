// SPDX-License-Identifier: Apache-2.0
//
// Where files of the repository lie, seen from the compiled code in dist/src.

import { fileURLToPath } from "node:url";

function fromHere(relativePath: string): string {
  return fileURLToPath(new URL(relativePath, import.meta.url));
}

// The folder of the .proto files: the API is read at run time, so that this
// client can't fall behind it.
export const PROTO_DIRECTORY = fromHere("../../../../../proto");

export const DEFAULT_NETWORK_FILE = fromHere(
  "../../../../networks/columnar.yaml",
);
