/** Makes handlers wait at a place that looks at no signal, for as long as a test wants. */
import { vi } from "vitest";
import type { TestServer } from "../../support/server.ts";

export interface Gate {
  /** Resolves when so many calls have come to the gate. */
  arrived(count: number): Promise<void>;
  readonly arrivals: number;
  /** Lets all through, those that come later too. */
  open(): void;
}

/** GetOrganization waits before it reads. */
export function holdReads(server: TestServer): Gate {
  const { organizations } = server.app.context.storage;
  const read = organizations.get;
  const gate = createGate();
  vi.spyOn(organizations, "get").mockImplementation(async (...args) => {
    await gate.pass();
    return await read(...args);
  });
  return gate;
}

/** CreateOrganization waits after its transaction, before it answers. */
export function holdAcknowledgements(server: TestServer): Gate {
  const { organizations } = server.app.context.storage;
  const create = organizations.create;
  const gate = createGate();
  vi.spyOn(organizations, "create").mockImplementation(async (...args) => {
    const created = await create(...args);
    await gate.pass();
    return created;
  });
  return gate;
}

function createGate(): Gate & { pass(): Promise<void> } {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const waiting: { readonly count: number; readonly wake: () => void }[] = [];
  let arrivals = 0;
  return {
    open,
    get arrivals() {
      return arrivals;
    },
    arrived: (count) =>
      new Promise((wake) => {
        if (arrivals >= count) wake();
        else waiting.push({ count, wake });
      }),
    pass() {
      arrivals += 1;
      for (const { count, wake } of waiting) if (arrivals >= count) wake();
      return opened;
    },
  };
}
