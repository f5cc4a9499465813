import type { Authenticator } from "../auth/authenticate.ts";
import type { EventFeed } from "../domain/events/feed.ts";
import type { ServingState } from "./serving.ts";

/** What methods that answer with a stream need besides the domain: what wakes them and what ends them. */
export interface StreamServices {
  readonly feed: EventFeed;
  readonly serving: ServingState;
  readonly authenticator: Pick<Authenticator, "authenticate">;
}
