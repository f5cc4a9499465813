/** The course of a run: a warm-up, then rounds through all that is measured, so that whatever disturbs it hits all alike. */
import type { Sample } from "./measure-rpc.ts";

/** Long enough for V8 to have compiled what the case runs. */
const warmUpSeconds = 0.6;

export interface Rounds<Item> {
  readonly items: readonly Item[];
  readonly rounds: number;
  measure(item: Item, seconds: number): Promise<Sample>;
  secondsOf(item: Item): number;
}

/** One sample of each item for each round, in order. */
export async function measureRounds<Item>({
  items,
  rounds,
  measure,
  secondsOf,
}: Rounds<Item>): Promise<ReadonlyMap<Item, readonly Sample[]>> {
  const samples = new Map<Item, Sample[]>(items.map((item) => [item, []]));
  progress("warm-up");
  for (const item of items) await measure(item, warmUpSeconds);
  for (let round = 1; round <= rounds; round += 1) {
    progress(`round ${round} of ${rounds}`);
    for (const [item, collected] of samples) collected.push(await measure(item, secondsOf(item)));
  }
  return samples;
}

export function progress(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}
