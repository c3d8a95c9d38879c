// SPDX-License-Identifier: Apache-2.0
//
// The program.

import { SpikedClient } from "./client.js";
import { describeError } from "./errors.js";
import { runExperiment } from "./experiment.js";
import { readNetwork } from "./network.js";
import { parseOptions, USAGE, UsageError } from "./options.js";

const EXIT_ERROR = 1;
const EXIT_USAGE = 2;

async function main(args: string[]): Promise<void> {
  const options = parseOptions(args);
  if (options === null) {
    console.log(USAGE);
    return;
  }
  const network = await readNetwork(options.networkFile);

  // The first Ctrl-C deletes the session and ends; a second one ends at once.
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);

  const client = new SpikedClient(options.address);
  try {
    await runExperiment(
      client,
      { ...options, network },
      (line) => console.log(line),
      interruption.signal,
    );
  } finally {
    client.close();
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
  }
}

// Setting the exit code, unlike exiting, lets all output be written.
main(process.argv.slice(2)).catch((error: unknown) => {
  if (error instanceof UsageError) {
    console.error(`error: ${error.message}\n\n${USAGE}`);
    process.exitCode = EXIT_USAGE;
  } else {
    console.error(`error: ${describeError(error)}`);
    process.exitCode = EXIT_ERROR;
  }
});
