// SPDX-License-Identifier: Apache-2.0
//
// Paths of files of the repository, relative to the compiled code in dist/src.

import { fileURLToPath } from "node:url";

function fromHere(relativePath: string): string {
  return fileURLToPath(new URL(relativePath, import.meta.url));
}

// The folder of the .proto files, which are read at run time, so that this
// client always has the current API.
export const PROTO_DIRECTORY = fromHere("../../../../../proto");

export const DEFAULT_NETWORK_FILE = fromHere(
  "../../../../networks/columnar.yaml",
);
