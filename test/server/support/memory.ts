/** How much the process grows while something happens. The server lives in the test's own process. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

export interface Growth<T> {
  readonly result: T;
  readonly grownMiB: number;
}

export async function measureGrowth<T>(work: () => Promise<T>): Promise<Growth<T>> {
  const before = process.memoryUsage.rss();
  let highest = before;
  const sample = (): void => {
    highest = Math.max(highest, process.memoryUsage.rss());
  };
  const timer = setInterval(sample, 5);
  try {
    const result = await work();
    sample();
    return { result, grownMiB: (highest - before) / 1_048_576 };
  } finally {
    clearInterval(timer);
  }
}

/** What is alive, after all that is not was collected: exact where what the process has from the system is a matter of chance. */
export function aliveMiB(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect !== "function") throw new Error("there is no garbage collector to be asked");
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_048_576;
}
