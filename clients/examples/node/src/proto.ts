// SPDX-License-Identifier: Apache-2.0
//
// The API as the .proto files describe it.

import {
  loadSync,
  type MessageTypeDefinition,
  type MethodDefinition,
  type ServiceDefinition,
} from "@grpc/proto-loader";

import { PROTO_DIRECTORY } from "./paths.js";

const PROTO_FILES = [
  "spiked/v1/error_details.proto",
  "spiked/v1/recording.proto",
  "spiked/v1/session.proto",
  "spiked/v1/stimulus.proto",
];

const definitions = loadSync(PROTO_FILES, {
  includeDirs: [PROTO_DIRECTORY],
  // The names of a network file are those of the .proto files.
  keepCase: true,
  // A 64-bit seed doesn't fit a JavaScript number.
  longs: String,
  enums: String,
  // Without this option, a step of 0 would be undefined.
  defaults: true,
});

export function messageType(
  name: string,
): MessageTypeDefinition<object, object> {
  const definition = definitions[`spiked.v1.${name}`];
  if (definition === undefined || !("deserialize" in definition)) {
    throw new Error(`there is no message spiked.v1.${name} in the API`);
  }
  return definition as MessageTypeDefinition<object, object>;
}

export function service(name: string): ServiceDefinition {
  const definition = definitions[`spiked.v1.${name}`];
  if (definition === undefined || "format" in definition) {
    throw new Error(`there is no service spiked.v1.${name} in the API`);
  }
  return definition;
}

export function method(
  serviceName: string,
  methodName: string,
): MethodDefinition<object, object> {
  const definition = service(serviceName)[methodName];
  if (definition === undefined) {
    throw new Error(`there is no method ${serviceName}.${methodName}`);
  }
  return definition;
}
