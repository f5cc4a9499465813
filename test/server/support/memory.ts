/** How much the process grows while something happens. The server lives in the test's own process. */

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
