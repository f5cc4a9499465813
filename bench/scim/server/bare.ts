/**
 * What the same costs without a service: `node:http` and prepared statements of better-sqlite3. No credential, no log, no
 * parsing, no schema, no event.
 */
import * as http from "node:http";
import { serveParent } from "../../processes/child.ts";
import { textOf } from "../../processes/fields.ts";
import { usageOf } from "../../processes/usage.ts";
import { listen } from "../../server/listen.ts";
import { type DatabaseName, pathOf } from "../files.ts";
import { createReads } from "./bare-reads.ts";
import { createWrites } from "./bare-writes.ts";

const count = { requests: 0 };
const json = "application/scim+json";

function createServer(path: string): http.Server {
  const read = createReads(path);
  const write = createWrites(path);
  return http.createServer((req, res) => {
    count.requests += 1;
    const url = req.url ?? "";
    if (req.method === "GET") {
      answer(res, 200, read(url));
      return;
    }
    let body = "";
    req.setEncoding("utf8");
    req.on("data", (text: string) => {
      body += text;
    });
    req.once("end", () => {
      if (req.method === "POST") write.create(body, () => answer(res, 201, body));
      else write.changeMember(url, body, () => res.writeHead(204).end());
    });
  });
}

function answer(res: http.ServerResponse, status: number, body: string | undefined): void {
  const text = body ?? "";
  res.writeHead(body === undefined ? 404 : status, {
    "content-type": json,
    "content-length": Buffer.byteLength(text),
  });
  res.end(text);
}

function open(folder: string, name: DatabaseName): Promise<number> {
  return listen(createServer(pathOf(folder, name)));
}

serveParent(
  {
    async open(argument) {
      const folder = textOf(argument, "folder");
      return { steady: await open(folder, "bare"), growing: await open(folder, "bare-growing") };
    },
    usage: async () => usageOf(count),
  },
  () => Promise.resolve(),
);
