/** HTTP/2 frames by hand (RFC 9113 section 4), for what no well-behaved client would send. */

export const FrameType = {
  data: 0,
  headers: 1,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const END_STREAM = 1;
export const END_HEADERS = 4;
export const ACK = 1;

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export function frame(
  type: number,
  flags: number,
  streamId: number,
  payload: Buffer = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A setting is a two-byte id and a four-byte value (section 6.5.1). */
export function settings(...pairs: [id: number, value: number][]): Buffer {
  const payload = pairs.map(([id, value]) => Buffer.concat([Buffer.of(0, id), uint32(value)]));
  return frame(FrameType.settings, 0, 0, Buffer.concat(payload));
}

export const INITIAL_WINDOW_SIZE = 4;

export function rstStream(streamId: number): Buffer {
  const CANCEL = 8;
  return frame(FrameType.rstStream, 0, streamId, uint32(CANCEL));
}

/** HPACK literals without indexing and Huffman (RFC 7541 section 6.2.2), lengths under 127 only. */
export function fields(...pairs: [name: string, value: string][]): Buffer {
  return Buffer.concat(
    pairs.flatMap(([name, value]) => [
      Buffer.of(0, name.length),
      Buffer.from(name),
      Buffer.of(value.length),
      Buffer.from(value),
    ]),
  );
}

export function requestFields(method: "GET" | "POST", ...more: [name: string, value: string][]): Buffer {
  return fields([":method", method], [":scheme", "http"], [":path", "/"], [":authority", "a"], ...more);
}

/** A whole GET, or the head of a POST whose body is still to come. */
export function get(streamId: number): Buffer {
  return frame(FrameType.headers, END_HEADERS | END_STREAM, streamId, requestFields("GET"));
}

export function postHead(streamId: number): Buffer {
  return frame(FrameType.headers, END_HEADERS, streamId, requestFields("POST"));
}

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

/** The complete frames in `bytes`; a partial last one is left out. */
export function parseFrames(bytes: Buffer): Frame[] {
  const found: Frame[] = [];
  let at = 0;
  while (at + 9 <= bytes.length) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    found.push({
      type: bytes.readUInt8(at + 3),
      flags: bytes.readUInt8(at + 4),
      streamId: bytes.readUInt32BE(at + 5),
      payload: bytes.subarray(at + 9, end),
    });
    at = end;
  }
  return found;
}

/** The error code of the last GOAWAY (section 6.8), if there was one. */
export function goawayCode(bytes: Buffer): number | undefined {
  return parseFrames(bytes)
    .findLast(({ type }) => type === FrameType.goaway)
    ?.payload.readUInt32BE(4);
}

/** The error code that ended the stream, if one did. */
export function rstCode(bytes: Buffer, streamId: number): number | undefined {
  return parseFrames(bytes)
    .find((seen) => seen.type === FrameType.rstStream && seen.streamId === streamId)
    ?.payload.readUInt32BE(0);
}
