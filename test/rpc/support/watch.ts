/** Streams of WatchEvents as clients read them. */
import type { MessageInitShape } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import {
  EventService,
  ResourceOperationSchema,
  ResourceTypeSchema,
  type WatchEventsRequestSchema,
  type WatchEventsResponse,
} from "../../../gen/gitpod/v1/event_pb.ts";
import { type OrganizationId, parseId } from "../../../src/base/ids.ts";
import type { ClientOptions, TestServer } from "../../support/server.ts";

export type WatchRequest = Omit<MessageInitShape<typeof WatchEventsRequestSchema>, "$typeName">;

export interface Watching extends AsyncDisposable {
  /** Resolves when the service has said that the stream is open. */
  readonly opened: Promise<void>;
  /** So many further changes. @throws when the stream ends before, with its error */
  take(count: number): Promise<readonly WatchEventsResponse[]>;
  /** The positions of so many further changes. */
  positions(count: number): Promise<readonly number[]>;
  /** What the stream ends with: undefined without an error. @throws when a change comes instead */
  end(): Promise<ConnectError | undefined>;
}

export const wholeOrganization = { case: "organization", value: true } as const;

/** @param request the whole organization, from the beginning, unless it says otherwise */
export function watch(
  server: TestServer,
  options: ClientOptions,
  request: WatchRequest = {},
  timeoutMs?: number,
): Watching {
  const { promise: opened, resolve, reject } = Promise.withResolvers<void>();
  opened.catch(() => {});
  const gone = new AbortController();
  const changes = server
    .client(EventService, options)
    .watchEvents(
      { scope: wholeOrganization, afterPosition: 0n, ...request },
      { signal: gone.signal, onHeader: () => resolve(), ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    );
  const iterator = changes[Symbol.asyncIterator]();
  // A client asks with its first reading.
  let first: Promise<IteratorResult<WatchEventsResponse>> | undefined = iterator.next();
  first.catch(reject);

  async function next(): Promise<WatchEventsResponse | undefined> {
    const result = await (first ?? iterator.next());
    first = undefined;
    return result.done === true ? undefined : result.value;
  }

  async function take(count: number): Promise<readonly WatchEventsResponse[]> {
    const taken: WatchEventsResponse[] = [];
    while (taken.length < count) {
      const change = await next();
      if (change === undefined) throw new Error(`the stream ended after ${taken.length} of ${count}`);
      taken.push(change);
    }
    return taken;
  }

  return {
    opened,
    take,
    positions: async (count) => (await take(count)).map(({ position }) => Number(position)),
    async end() {
      try {
        const change = await next();
        if (change === undefined) return undefined;
        throw new Error(`position ${change.position} came in place of the end`);
      } catch (error) {
        if (error instanceof ConnectError) return error;
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      gone.abort();
      await (first ?? iterator.next()).catch(() => {});
    },
  };
}

/** As in `USER UPDATE_STATUS <id>`. */
export function textOf({ resourceType, operation, resourceId }: WatchEventsResponse): string {
  const type = ResourceTypeSchema.value[resourceType]?.localName;
  return `${type} ${ResourceOperationSchema.value[operation]?.localName} ${resourceId}`;
}

/** How far the organization's log goes. */
export async function lastPosition(server: TestServer, organizationId: string): Promise<bigint> {
  const id = parseId<OrganizationId>(organizationId);
  return BigInt((await server.app.context.storage.events.lastPositions([id])).get(id) ?? 0);
}
