/** Calls by @grpc/grpc-js, an implementation of gRPC that has no code in common with the server's. */
import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { type CallOptions, Client, type ClientReadableStream, credentials, Metadata } from "@grpc/grpc-js";
import { pathOf } from "./calls.ts";

export interface GrpcJsOptions {
  readonly token?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly deadlineMs?: number;
}

export interface GrpcJsClient extends Disposable {
  /** Rejects with grpc-js's ServiceError. */
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options?: GrpcJsOptions,
  ): Promise<GrpcJsAnswer<O>>;
  serverStream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    options?: GrpcJsOptions,
  ): ClientReadableStream<MessageShape<O>>;
}

export interface GrpcJsAnswer<O extends DescMessage> {
  readonly message: MessageShape<O>;
  readonly header: Metadata;
}

/** With a root certificate, over TLS. */
export function openGrpcJs(url: string, rootCertificate?: Buffer): GrpcJsClient {
  const secure = rootCertificate !== undefined;
  const client = new Client(
    new URL(url).host,
    secure ? credentials.createSsl(rootCertificate) : credentials.createInsecure(),
  );
  return {
    unary: (method, request, options = {}) => unary(client, method, request, options),
    serverStream: (method, request, options = {}) =>
      client.makeServerStreamRequest(
        pathOf(method),
        serializer(method.input),
        deserializer(method.output),
        create(method.input, request),
        metadataOf(options),
        callOptionsOf(options),
      ),
    [Symbol.dispose]: () => client.close(),
  };
}

function unary<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: DescMethodUnary<I, O>,
  request: MessageInitShape<I>,
  options: GrpcJsOptions,
): Promise<GrpcJsAnswer<O>> {
  return new Promise((resolve, reject) => {
    let header = new Metadata();
    const call = client.makeUnaryRequest(
      pathOf(method),
      serializer(method.input),
      deserializer(method.output),
      create(method.input, request),
      metadataOf(options),
      callOptionsOf(options),
      (error, message) => {
        if (error !== null) reject(error);
        else if (message === undefined) reject(new Error("neither an error nor a message"));
        else resolve({ message, header });
      },
    );
    call.on("metadata", (received) => {
      header = received;
    });
  });
}

function serializer<S extends DescMessage>(schema: S) {
  return (message: MessageShape<S>): Buffer => Buffer.from(toBinary(schema, message));
}

function deserializer<S extends DescMessage>(schema: S) {
  return (bytes: Buffer): MessageShape<S> => fromBinary(schema, bytes);
}

function metadataOf({ token, metadata = {} }: GrpcJsOptions): Metadata {
  const result = new Metadata();
  if (token !== undefined) result.set("authorization", `Bearer ${token}`);
  for (const [name, value] of Object.entries(metadata)) result.set(name, value);
  return result;
}

function callOptionsOf({ deadlineMs }: GrpcJsOptions): CallOptions {
  return deadlineMs === undefined ? {} : { deadline: Date.now() + deadlineMs };
}
