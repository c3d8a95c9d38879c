// SPDX-License-Identifier: Apache-2.0
//
// What the .proto files say about messages, as a network file needs it.
//
// proto-loader shows its types with all defaults filled in, where a field
// outside of a oneof looks like one in the first oneof. The file descriptors
// that it also gives don't have this flaw.

import { loadSync, type MessageTypeDefinition } from "@grpc/proto-loader";

import { messageType } from "./proto.js";

export interface Field {
  // The name in the .proto file, e.g. "delay_ms".
  name: string;
  // As in descriptor.proto, e.g. "TYPE_DOUBLE".
  type: string;
  // Full name of the message or enum, for fields of those types.
  typeName: string;
  isRepeated: boolean;
  // The type of the values if the field is a map from strings, else null.
  mapValue: Field | null;
  // The oneof that the field belongs to, or null.
  oneof: string | null;
}

export interface Schema {
  // By full name; fields by their names in the .proto file.
  messages: Map<string, Map<string, Field>>;
  // Names of the values by full name of the enum.
  enums: Map<string, Set<string>>;
}

interface FieldDescriptor {
  name: string;
  label: string;
  type: string;
  typeName?: string;
  oneofIndex?: number;
}

interface EnumDescriptor {
  name: string;
  value?: { name: string }[];
}

interface MessageDescriptor {
  name: string;
  field?: FieldDescriptor[];
  nestedType?: MessageDescriptor[];
  enumType?: EnumDescriptor[];
  oneofDecl?: { name: string }[];
  options?: { mapEntry?: boolean };
}

interface FileDescriptor {
  package?: string;
  messageType?: MessageDescriptor[];
  enumType?: EnumDescriptor[];
}

export function loadSchema(): Schema {
  const messages = new Map<string, MessageDescriptor>();
  const enums = new Map<string, Set<string>>();
  for (const file of readFileDescriptors()) {
    const scope = file.package ?? "";
    collectEnums(scope, file.enumType, enums);
    collectMessages(scope, file.messageType, messages, enums);
  }

  const schema: Schema = { messages: new Map(), enums };
  const resolve = (scope: string, typeName: string): string =>
    resolveTypeName(
      scope,
      typeName,
      (name) => messages.has(name) || enums.has(name),
    );
  for (const [fullName, message] of messages) {
    const fields = (message.field ?? []).map((descriptor) =>
      toField(fullName, message, descriptor, messages, resolve),
    );
    schema.messages.set(
      fullName,
      new Map(fields.map((field) => [field.name, field])),
    );
  }
  return schema;
}

function readFileDescriptors(): FileDescriptor[] {
  // proto-loader brings this file with it.
  const definitions = loadSync("google/protobuf/descriptor.proto", {
    enums: String,
  });
  const fileType = definitions[
    "google.protobuf.FileDescriptorProto"
  ] as MessageTypeDefinition<object, FileDescriptor>;
  return messageType("Network").fileDescriptorProtos.map((bytes) =>
    fileType.deserialize(bytes),
  );
}

function collectEnums(
  scope: string,
  descriptors: readonly EnumDescriptor[] | undefined,
  enums: Map<string, Set<string>>,
): void {
  for (const descriptor of descriptors ?? []) {
    const names = (descriptor.value ?? []).map((value) => value.name);
    enums.set(`${scope}.${descriptor.name}`, new Set(names));
  }
}

function collectMessages(
  scope: string,
  descriptors: readonly MessageDescriptor[] | undefined,
  messages: Map<string, MessageDescriptor>,
  enums: Map<string, Set<string>>,
): void {
  for (const descriptor of descriptors ?? []) {
    const fullName = `${scope}.${descriptor.name}`;
    messages.set(fullName, descriptor);
    collectEnums(fullName, descriptor.enumType, enums);
    collectMessages(fullName, descriptor.nestedType, messages, enums);
  }
}

// Type names are looked up from the innermost scope outwards, as in a .proto
// file.
function resolveTypeName(
  scope: string,
  typeName: string,
  exists: (fullName: string) => boolean,
): string {
  if (typeName.startsWith(".")) {
    return typeName.slice(1);
  }
  for (let outer = scope; outer !== "";) {
    const fullName = `${outer}.${typeName}`;
    if (exists(fullName)) {
      return fullName;
    }
    outer = outer.slice(0, Math.max(0, outer.lastIndexOf(".")));
  }
  return typeName;
}

function toField(
  messageName: string,
  message: MessageDescriptor,
  descriptor: FieldDescriptor,
  messages: ReadonlyMap<string, MessageDescriptor>,
  resolve: (scope: string, typeName: string) => string,
): Field {
  const typeName =
    descriptor.typeName === undefined
      ? ""
      : resolve(messageName, descriptor.typeName);
  const entry = messages.get(typeName);
  const isMap = entry?.options?.mapEntry === true;
  const valueDescriptor = entry?.field?.find((field) => field.name === "value");
  return {
    name: descriptor.name,
    type: descriptor.type,
    typeName,
    isRepeated: descriptor.label === "LABEL_REPEATED" && !isMap,
    mapValue:
      isMap && entry !== undefined && valueDescriptor !== undefined
        ? toField(typeName, entry, valueDescriptor, messages, resolve)
        : null,
    oneof:
      descriptor.oneofIndex === undefined
        ? null
        : (message.oneofDecl?.[descriptor.oneofIndex]?.name ?? null),
  };
}
