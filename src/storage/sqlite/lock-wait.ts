/** How long a lock of another process is waited for, without holding the event loop. */
export const lockBudgetMs = 2_000;
/** A server that writes all the time leaves a tool only moments between its transactions, and nobody waits for it. */
export const toolOpenBudgetMs = 10_000;

const retryMinMs = 5;
const retryMaxMs = 100;

/** Random, so that several waiting processes do not try in step. */
export function retryDelayMs(): number {
  return retryMinMs + Math.random() * (retryMaxMs - retryMinMs);
}
