/** A DNS server on the loopback, as RFC 1035 has it, that knows TXT records alone. */
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";

/** Its TXT records; or how it fails. A name that it does not know does not exist. */
export type DnsAnswer = readonly string[] | "SERVFAIL" | "REFUSED" | "silence" | "garbage";

export interface DnsServer extends AsyncDisposable {
  /** As in `DNS_SERVERS`. */
  readonly address: string;
  /** The names that it was asked for, in lower case and in order. */
  readonly questions: readonly string[];
  set(name: string, answer: DnsAnswer): void;
}

const headerBytes = 12;
const typeTxt = 16;
/** Of the longest string; a record has as many as it needs. */
const stringBytes = 255;
const responseCodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const;

export async function startDnsServer(): Promise<DnsServer> {
  const answers = new Map<string, DnsAnswer>();
  const questions: string[] = [];
  const socket = createSocket("udp4");
  socket.on("message", (query: Buffer, from: RemoteInfo) => {
    const { name, end } = questionOf(query);
    questions.push(name);
    const response = respond(query, end, answers.get(name));
    if (response !== undefined) socket.send(response, from.port, from.address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    questions,
    set: (name, answer) => answers.set(name, answer),
    async [Symbol.asyncDispose]() {
      const closed = once(socket, "close");
      socket.close();
      await closed;
    },
  };
}

/** The name of the only question, and where the question ends. */
function questionOf(query: Buffer): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = headerBytes;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  // The end of the name, its type and its class.
  return { name: labels.join(".").toLowerCase(), end: at + 1 + 2 + 2 };
}

function respond(query: Buffer, questionEnd: number, answer: DnsAnswer | undefined): Buffer | undefined {
  if (answer === "silence") return undefined;
  if (answer === "garbage") return Buffer.concat([query.subarray(0, 2), Buffer.from("no DNS message")]);
  const records = typeof answer === "object" ? answer : [];
  const header = Buffer.alloc(headerBytes);
  query.copy(header, 0, 0, 2);
  // A response, recursion desired and available.
  header.writeUInt16BE(0x8180 | codeOf(answer), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  return Buffer.concat([header, query.subarray(headerBytes, questionEnd), ...records.map(recordOf)]);
}

function codeOf(answer: DnsAnswer | undefined): number {
  if (answer === undefined) return responseCodes.NXDOMAIN;
  return typeof answer === "string" ? responseCodes[answer === "REFUSED" ? "REFUSED" : "SERVFAIL"] : 0;
}

function recordOf(text: string): Buffer {
  const bytes = Buffer.from(text);
  const strings: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += stringBytes) {
    const string = bytes.subarray(at, at + stringBytes);
    strings.push(Buffer.from([string.length]), string);
  }
  const data = Buffer.concat(strings);
  const head = Buffer.alloc(headerBytes);
  // The name of the question, by a pointer to it.
  head.writeUInt16BE(0xc000 | headerBytes, 0);
  head.writeUInt16BE(typeTxt, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
