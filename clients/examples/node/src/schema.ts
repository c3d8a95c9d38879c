// SPDX-License-Identifier: Apache-2.0
//
// The message Network as protobuf-es describes it.

import {
  createFileRegistry,
  type DescMessage,
  fromBinary,
} from "@bufbuild/protobuf";
import { protoCamelCase } from "@bufbuild/protobuf/reflect";
import {
  type DescriptorProto,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";
import { loadSync, type MessageTypeDefinition } from "@grpc/proto-loader";

import { PROTO_DIRECTORY } from "./paths.js";

const NETWORK_TYPE = "spiked.v1.Network";

export function loadNetworkSchema(): DescMessage {
  const definitions = loadSync("spiked/v1/network.proto", {
    includeDirs: [PROTO_DIRECTORY],
    keepCase: true,
  });
  const network = definitions[NETWORK_TYPE] as MessageTypeDefinition<
    object,
    object
  >;
  // There is one file, as it imports no other.
  const [bytes] = network.fileDescriptorProtos;
  const file = fromBinary(FileDescriptorProtoSchema, bytes!);
  for (const message of file.messageType) {
    complete(message, file.package);
  }
  const registry = createFileRegistry(file, () => undefined);
  return registry.getMessage(NETWORK_TYPE)!;
}

// Adds parts that protoc writes and proto-loader leaves out: names in JSON and
// full names of types. Nested types are the entries of maps.
function complete(message: DescriptorProto, packageName: string): void {
  const entries = new Set(message.nestedType.map(({ name }) => name));
  for (const field of message.field) {
    field.jsonName = protoCamelCase(field.name);
    if (entries.has(field.typeName)) {
      field.typeName = `${packageName}.${message.name}.${field.typeName}`;
    } else if (field.typeName !== "") {
      field.typeName = `${packageName}.${field.typeName}`;
    }
  }
  for (const entry of message.nestedType) {
    complete(entry, packageName);
  }
}
