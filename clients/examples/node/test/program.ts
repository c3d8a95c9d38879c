// SPDX-License-Identifier: Apache-2.0
//
// Runs the program as a user does.

import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../src/main.js", import.meta.url));

export interface ProgramResult {
  exitCode: number | null;
  output: string;
  errors: string;
}

export interface ProgramOptions {
  args: string[];
  // Called with all output so far; when it returns true, the program is
  // interrupted as by Ctrl-C.
  interruptWhen?: (output: string) => boolean;
}

export function runProgram(options: ProgramOptions): Promise<ProgramResult> {
  const child = spawn(process.execPath, [PROGRAM, ...options.args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  let isInterrupted = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (!isInterrupted && options.interruptWhen?.(output) === true) {
      isInterrupted = true;
      child.kill("SIGINT");
    }
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, output, errors }));
  });
}

// Calls use with the path of a file with the text, then removes the file.
export async function withFile<Result>(
  text: string,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  const directory = await mkdtemp(join(tmpdir(), "spiked-example-"));
  try {
    const path = join(directory, "network.yaml");
    await writeFile(path, text);
    return await use(path);
  } finally {
    await rm(directory, { recursive: true });
  }
}
