/** Paths below the SCIM server's URL, and what each method does there. */
import type { HttpResponse } from "../base/http.ts";
import { handleBulk } from "./bulk.ts";
import {
  type DiscoveryRequest,
  describeServer,
  getResourceType,
  getSchema,
  listResourceTypes,
  listSchemas,
} from "./discovery.ts";
import { HttpError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import {
  handleCreateGroup,
  handleDeleteGroup,
  handleGetGroup,
  handlePatchGroup,
  handleReplaceGroup,
} from "./groups.ts";
import { handleList, handleSearch } from "./lists.ts";
import {
  handleCreateUser,
  handleDeleteUser,
  handleGetUser,
  handlePatchUser,
  handleReplaceUser,
} from "./users.ts";

type Methods<Handler> = Readonly<Record<string, Handler>>;

export type ResourceHandler = (exchange: Exchange) => Promise<HttpResponse>;
export type DiscoveryHandler = (request: DiscoveryRequest) => HttpResponse;

export type Route =
  /** Open without a token: nothing there is anybody's. */
  | { readonly kind: "discovery"; readonly name: string; readonly methods: Methods<DiscoveryHandler> }
  | { readonly kind: "resources"; readonly name: string; readonly methods: Methods<ResourceHandler> };

/**
 * @param path below the server's URL, decoded, without slashes at either end
 * @returns undefined for a path that leads nowhere. The route's `name` has no part of the client's text: it is for the log.
 */
export function routeOf(path: readonly string[]): Route | undefined {
  const [head, id, ...more] = path;
  if (more.length > 0) return undefined;
  return id === undefined ? collectionRoute(head) : memberRoute(head, id);
}

function collectionRoute(head: string | undefined): Route | undefined {
  switch (head) {
    case undefined:
      return resources("/", { GET: (exchange) => handleList(exchange, ["User", "Group"]) });
    case ".search":
      return resources("/.search", { POST: (exchange) => handleSearch(exchange, ["User", "Group"]) });
    case "Users":
      return resources("/Users", {
        GET: (exchange) => handleList(exchange, ["User"]),
        POST: handleCreateUser,
      });
    case "Groups":
      return resources("/Groups", {
        GET: (exchange) => handleList(exchange, ["Group"]),
        POST: handleCreateGroup,
      });
    case "Bulk":
      return resources("/Bulk", { POST: handleBulk });
    case "Me":
      return meRoute;
    case "ServiceProviderConfig":
      return discovery("/ServiceProviderConfig", describeServer);
    case "ResourceTypes":
      return discovery("/ResourceTypes", listResourceTypes);
    case "Schemas":
      return discovery("/Schemas", listSchemas);
    default:
      return undefined;
  }
}

function memberRoute(head: string | undefined, id: string): Route | undefined {
  switch (head) {
    case "Users":
      if (id === ".search") return search("/Users/.search", "User");
      return resources("/Users/{id}", {
        GET: (exchange) => handleGetUser(exchange, id),
        PUT: (exchange) => handleReplaceUser(exchange, id),
        PATCH: (exchange) => handlePatchUser(exchange, id),
        DELETE: (exchange) => handleDeleteUser(exchange, id),
      });
    case "Groups":
      if (id === ".search") return search("/Groups/.search", "Group");
      return resources("/Groups/{id}", {
        GET: (exchange) => handleGetGroup(exchange, id),
        PUT: (exchange) => handleReplaceGroup(exchange, id),
        PATCH: (exchange) => handlePatchGroup(exchange, id),
        DELETE: (exchange) => handleDeleteGroup(exchange, id),
      });
    case "ResourceTypes":
      return discovery("/ResourceTypes/{name}", (request) => getResourceType(request, id));
    case "Schemas":
      return discovery("/Schemas/{urn}", (request) => getSchema(request, id));
    default:
      return undefined;
  }
}

function search(name: string, type: "User" | "Group"): Route {
  return resources(name, { POST: (exchange) => handleSearch(exchange, [type]) });
}

/** RFC 7644 section 3.11: a configuration's token is nobody in particular. */
const meRoute: Route = (() => {
  const refuse: ResourceHandler = async () => {
    throw new HttpError(501, "/Me is not implemented: the token is a directory's and no person's");
  };
  return resources("/Me", { GET: refuse, POST: refuse, PUT: refuse, PATCH: refuse, DELETE: refuse });
})();

function resources(name: string, methods: Methods<ResourceHandler>): Route {
  return { kind: "resources", name, methods };
}

function discovery(name: string, handler: DiscoveryHandler): Route {
  return { kind: "discovery", name, methods: { GET: handler } };
}
