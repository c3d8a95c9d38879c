// SPDX-License-Identifier: Apache-2.0
//
// A server with one small session. Tests set its behaviour, including faults
// that a healthy daemon doesn't have.

import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status as grpcStatus,
} from "@grpc/grpc-js";

import type {
  CreateSessionRequest,
  InjectStimulusRequest,
  Session,
  SpikeBatch,
  StartSessionRequest,
  StreamSpikesRequest,
  WatchSessionResponse,
} from "../src/messages.js";
import { messageType, service } from "../src/proto.js";
import { smallSession } from "./vectors.js";

type SpikeStream = ServerWritableStream<StreamSpikesRequest, SpikeBatch>;
type WatchStream = ServerWritableStream<object, WatchSessionResponse>;

export interface FakeError {
  code: grpcStatus;
  message: string;
  details: (
    | { typeName: string; bytes: Uint8Array }
    | { typeName: string; message: object }
  )[];
}

export function statusDetails(error: FakeError): Buffer {
  const details = error.details.map((detail) => {
    const shortName = detail.typeName.split(".").at(-1)!;
    return {
      type_url: `type.googleapis.com/${detail.typeName}`,
      value:
        "bytes" in detail
          ? detail.bytes
          : messageType(shortName).serialize(detail.message),
    };
  });
  return messageType("Status").serialize({
    code: error.code,
    message: error.message,
    details,
  });
}

// Calls use with a daemon that listens. (Hooks such as beforeEach would do the
// same, but early versions of Node.js 18 run them only once.)
export async function withDaemon<Result>(
  use: (daemon: FakeDaemon) => Promise<Result>,
): Promise<Result> {
  const daemon = new FakeDaemon();
  await daemon.listen();
  try {
    return await use(daemon);
  } finally {
    daemon.close();
  }
}

export function toServiceError(error: FakeError) {
  const metadata = new Metadata();
  metadata.set("grpc-status-details-bin", statusDetails(error));
  return Object.assign(new Error(error.message), {
    code: error.code,
    details: error.message,
    metadata,
  });
}

export class FakeDaemon {
  address = "";
  // The names of the called methods, and their requests.
  readonly calls: string[] = [];
  creation: CreateSessionRequest | null = null;
  stimuli: InjectStimulusRequest | null = null;
  start: StartSessionRequest | null = null;

  // The behaviour of the daemon; a test sets it before running the client.
  creationError: FakeError | null = null;
  streamError: FakeError | null = null;
  batches: SpikeBatch[] = [];
  stateAfterStart: Partial<Session> = { state: "RUNNING" };
  isPausedAtStep: number | null = null;

  private session: Session | null = null;
  private spikes: SpikeStream | null = null;
  private watch: WatchStream | null = null;
  private readonly server = new Server();

  async listen(): Promise<void> {
    this.addServices();
    const port = await new Promise<number>((resolve, reject) => {
      this.server.bindAsync(
        "127.0.0.1:0",
        ServerCredentials.createInsecure(),
        (error, boundPort) =>
          error === null ? resolve(boundPort) : reject(error),
      );
    });
    this.address = `127.0.0.1:${port}`;
  }

  close(): void {
    this.server.forceShutdown();
  }

  private addServices(): void {
    this.server.addService(service("SessionService"), {
      CreateSession: this.unary("CreateSession", (request) => {
        this.creation = request as CreateSessionRequest;
        if (this.creationError !== null) {
          throw toServiceError(this.creationError);
        }
        this.session = smallSession({
          name: `sessions/${this.creation.session_id}`,
        });
        return this.session;
      }),
      GetSession: this.unary("GetSession", () => this.find()),
      StartSession: this.unary("StartSession", (request) => {
        this.start = request as StartSessionRequest;
        Object.assign(this.find(), this.stateAfterStart);
        this.watch?.write({ session: this.session });
        if (this.isPausedAtStep !== null) {
          const paused = { state: "PAUSED", step: `${this.isPausedAtStep}` };
          Object.assign(this.find(), paused);
          this.watch?.write({ session: this.session });
        }
        this.sendBatches();
        return this.session!;
      }),
      DeleteSession: this.unary("DeleteSession", () => {
        this.find();
        this.session = null;
        return {};
      }),
      WatchSession: (stream: WatchStream) => {
        this.watch = stream;
        stream.write({ session: this.find() });
      },
    });
    this.server.addService(service("StimulusService"), {
      InjectStimulus: this.unary("InjectStimulus", (request) => {
        this.stimuli = request as InjectStimulusRequest;
        return { applied_step: 4, late_count: 0 };
      }),
    });
    this.server.addService(service("RecordingService"), {
      StreamSpikes: (stream: SpikeStream) => {
        this.calls.push("StreamSpikes");
        if (this.streamError !== null) {
          stream.emit("error", toServiceError(this.streamError));
          return;
        }
        this.spikes = stream;
        this.sendBatches();
      },
    });
  }

  // Sends once the stream is open and the session started, in either order.
  private sendBatches(): void {
    if (this.spikes === null || this.start === null) {
      return;
    }
    for (const batch of this.batches) {
      this.spikes.write(batch);
    }
    if (this.batches.at(-1)?.end_of_stream === true) {
      this.spikes.end();
    }
  }

  private unary(name: string, handle: (request: object) => object) {
    return (
      call: ServerUnaryCall<object, object>,
      callback: sendUnaryData<object>,
    ): void => {
      this.calls.push(name);
      try {
        callback(null, handle(call.request));
      } catch (error) {
        callback(error as ReturnType<typeof toServiceError>, null);
      }
    };
  }

  private find(): Session {
    if (this.session === null) {
      throw toServiceError({
        code: grpcStatus.NOT_FOUND,
        message: "there is no such session",
        details: [],
      });
    }
    return this.session;
  }
}
