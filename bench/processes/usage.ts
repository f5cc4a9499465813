/** What a server has used and served so far. Both come in one answer, so that their quotient is right whenever it is given. */
import { type Fields, numberOf } from "./fields.ts";

export interface Usage {
  /** User and system time of all threads of the process. */
  readonly cpuUs: number;
  readonly requests: number;
}

export interface RequestCount {
  requests: number;
}

export function usageOf(count: RequestCount): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuUs: user + system, requests: count.requests };
}

export function parseUsage(fields: Fields): Usage {
  return { cpuUs: numberOf(fields, "cpuUs"), requests: numberOf(fields, "requests") };
}

export function cpuUsPerRequest(before: Usage, after: Usage): number {
  return (after.cpuUs - before.cpuUs) / (after.requests - before.requests);
}
