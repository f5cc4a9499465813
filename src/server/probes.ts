/** What load balancers and supervisors ask: is the process alive, and is it ready for requests. */
import type { NodeRequest, NodeResponse } from "./listener/types.ts";
import { sendJson } from "./respond.ts";

export interface Readiness {
  /** Resolves when requests can be served; rejects with why not, in words fit for the public. */
  check(): Promise<void>;
}

export function isProbe(path: string): boolean {
  return path === "/healthz" || path === "/readyz";
}

/** True when the path is a probe's, which is answered then. */
export function handleProbe(
  path: string,
  req: NodeRequest,
  res: NodeResponse,
  readiness: Readiness,
): boolean {
  if (!isProbe(path)) return false;
  if (req.method !== "GET" && req.method !== "HEAD") {
    sendJson(req, res, 405, { status: "method not allowed" }, { allow: "GET, HEAD" });
    return true;
  }
  if (path === "/healthz") sendJson(req, res, 200, { status: "alive" });
  else void answerReady(req, res, readiness);
  return true;
}

async function answerReady(req: NodeRequest, res: NodeResponse, readiness: Readiness): Promise<void> {
  try {
    await readiness.check();
    sendJson(req, res, 200, { status: "ready" });
  } catch {
    sendJson(req, res, 503, { status: "not ready" }, { "retry-after": "1" });
  }
}
