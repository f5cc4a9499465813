/** Whether the process takes requests. It stops to, once, before it ends; streams that nothing else ends, end then. */
export interface ServingState {
  isServing(): boolean;
  /** Resolves when serving stops or the signal is aborted, whichever is first. */
  stopOr(signal: AbortSignal): Promise<void>;
}

export interface MutableServingState extends ServingState {
  stop(): void;
}

export function createServingState(): MutableServingState {
  // Not one promise that all calls race with: it would keep something of every call for as long as the process serves.
  const waiting = new Set<() => void>();
  let serving = true;
  return {
    isServing: () => serving,
    stop() {
      serving = false;
      for (const wake of waiting) wake();
    },
    stopOr(signal) {
      if (!serving || signal.aborted) return Promise.resolve();
      return new Promise((resolve) => {
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener("abort", wake);
      });
    },
  };
}
