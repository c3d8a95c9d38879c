// SPDX-License-Identifier: Apache-2.0
//
// The methods of the API that this client uses, typed.

import { Client, type ClientReadableStream, credentials } from "@grpc/grpc-js";

import type {
  CreateSessionRequest,
  InjectStimulusRequest,
  InjectStimulusResponse,
  Session,
  SpikeBatch,
  StartSessionRequest,
  StreamSpikesRequest,
  WatchSessionResponse,
} from "./messages.js";
import { method } from "./proto.js";

// Building the synapses of a large network takes a while.
const CREATE_DEADLINE_MS = 600_000;
const CALL_DEADLINE_MS = 10_000;

export class SpikedClient {
  // One connection for all services.
  private readonly channel: Client;

  constructor(address: string) {
    this.channel = new Client(address, credentials.createInsecure(), {
      // The server limits the size of messages.
      "grpc.max_receive_message_length": -1,
      // grpc-js would send even "localhost" through a proxy that is meant for
      // the web.
      "grpc.enable_http_proxy": 0,
    });
  }

  createSession(
    request: CreateSessionRequest,
    signal?: AbortSignal,
  ): Promise<Session> {
    return this.call(
      "SessionService",
      "CreateSession",
      request,
      CREATE_DEADLINE_MS,
      signal,
    );
  }

  getSession(name: string): Promise<Session> {
    return this.call("SessionService", "GetSession", { name });
  }

  startSession(request: StartSessionRequest): Promise<Session> {
    return this.call("SessionService", "StartSession", request);
  }

  async deleteSession(name: string): Promise<void> {
    await this.call("SessionService", "DeleteSession", { name });
  }

  watchSession(name: string): ClientReadableStream<WatchSessionResponse> {
    return this.stream("SessionService", "WatchSession", { name });
  }

  injectStimulus(
    request: InjectStimulusRequest,
  ): Promise<InjectStimulusResponse> {
    return this.call("StimulusService", "InjectStimulus", request);
  }

  streamSpikes(request: StreamSpikesRequest): ClientReadableStream<SpikeBatch> {
    return this.stream("RecordingService", "StreamSpikes", request);
  }

  close(): void {
    this.channel.close();
  }

  private call<Response>(
    serviceName: string,
    methodName: string,
    request: object,
    deadlineMs: number = CALL_DEADLINE_MS,
    signal?: AbortSignal,
  ): Promise<Response> {
    const definition = method(serviceName, methodName);
    return new Promise((resolve, reject) => {
      const call = this.channel.makeUnaryRequest(
        definition.path,
        definition.requestSerialize,
        definition.responseDeserialize,
        request,
        { deadline: Date.now() + deadlineMs },
        (error, response) => {
          signal?.removeEventListener("abort", cancel);
          if (error !== null) {
            reject(error);
          } else {
            resolve(response as Response);
          }
        },
      );
      const cancel = (): void => call.cancel();
      signal?.addEventListener("abort", cancel);
    });
  }

  private stream<Response>(
    serviceName: string,
    methodName: string,
    request: object,
  ): ClientReadableStream<Response> {
    const definition = method(serviceName, methodName);
    const call = this.channel.makeServerStreamRequest(
      definition.path,
      definition.requestSerialize,
      definition.responseDeserialize,
      request,
    );
    // The reader of the stream gets its errors. This listener is for errors
    // after the last read, such as the cancellation of a stream that is no
    // longer needed: without a listener they would end the process.
    call.on("error", () => {});
    return call as ClientReadableStream<Response>;
  }
}
