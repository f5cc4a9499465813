/** EventService: in the contract, not built yet. */
import { EventService } from "../../../gen/gitpod/v1/event_pb.ts";
import { type Endpoints, unbuilt, unbuiltStream } from "../endpoint.ts";

const { method } = EventService;

export const eventEndpoints: Endpoints<typeof EventService> = {
  watchEvents: unbuiltStream(method.watchEvents),
  listAuditLogs: unbuilt(method.listAuditLogs),
};
