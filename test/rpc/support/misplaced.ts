/** Requests with a secret where it does not belong: in paths, queries, headers, wrong fields and broken messages. */
import { builtMethods } from "./methods.ts";
import type { RawRequest } from "./raw.ts";

interface Misplaced extends RawRequest {
  readonly path: string;
}

const service = "/gitpod.v1.OrganizationService";
const get = `${service}/GetOrganization`;
const create = `${service}/CreateSSOConfiguration`;

/** Paths of no route. */
export function pathsWith(text: string): string[] {
  return [`/${text}`, `${service}/${text}`, `/api/${text}`, `/api${service}/${text}`, `/healthz/${text}`];
}

/** As a careful client writes any text in a URL: every character escaped. */
export function escapedInUrl(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("");
}

export function misplacedRequests(secret: string): Misplaced[] {
  const encoded = encodeURIComponent(secret);
  const escaped = escapedInUrl(secret);
  // Only a token can be told from a path.
  const paths = isToken(secret) ? pathsWith(secret) : [];
  const queries = [
    `token=${encoded}`,
    `pageSize=${encoded}`,
    `access_token=${encoded}`,
    encoded,
    `token=${escaped}`,
  ];
  const message = JSON.stringify({ organizationId: secret });
  const gets = [
    `connect=v1&encoding=json&message=${encodeURIComponent(message)}`,
    `connect=v1&encoding=json&base64=1&message=${Buffer.from(message).toString("base64url")}`,
    `connect=${encoded}&encoding=${encoded}&message=${encoded}`,
  ];
  return [
    ...paths.map((path) => ({ path })),
    ...queries.map((query) => ({ path: `${service}/ListSCIMConfigurations?${query}` })),
    ...queries.map((query) => ({ path: `${get}?${query}` })),
    ...gets.map((query) => ({ path: `${get}?${query}`, method: "GET" })),
    ...headersWith(secret).map((headers) => ({ path: get, headers })),
  ];
}

function isToken(secret: string): boolean {
  return secret.startsWith("orgsvc_");
}

function headersWith(secret: string): Record<string, string>[] {
  const names = [
    "Cookie",
    "User-Agent",
    "X-Forwarded-For",
    "X-Api-Key",
    "Origin",
    "Accept-Encoding",
    "Content-Encoding",
  ];
  const protocol = ["Connect-Timeout-Ms", "Connect-Protocol-Version", "Grpc-Timeout", "Referer"];
  const authorizations = [`Bearer ${secret}.`, `Basic ${secret}`, secret, `Bearer ${secret} ${secret}`];
  return [
    ...[...names, ...protocol].map((name) => ({ [name]: secret })),
    ...authorizations.map((Authorization) => ({ Authorization })),
    { "Content-Type": `application/${secret}` },
    { "Content-Type": `application/json; charset=${secret}` },
    // Only a token can be told from an id that a client chose.
    ...(isToken(secret) ? [{ "X-Request-Id": secret }, { "X-Request-Id": `id-${secret}` }] : []),
  ];
}

export function misplacedBodies(secret: string): Misplaced[] {
  return [...brokenBodies(secret).map((body) => ({ path: create, body })), ...wrongFields(secret)];
}

function brokenBodies(secret: string): string[] {
  return [
    `{"clientSecret":"${secret}`,
    `{"clientSecret":"${secret}",}`,
    `{clientSecret:"${secret}"}`,
    secret,
    `"${secret}"`,
    `["${secret}"]`,
    `{"${secret}":1}`,
    `{"clientSecret":["${secret}"]}`,
    `{"clientSecret":{"value":"${secret}"}}`,
    `{"additionalScopes":"${secret}"}`,
    `{"additionalScopes":[{"a":"${secret}"}]}`,
    `{"organizationId":"${secret}","clientSecret":"${secret}","issuerUrl":"${secret}"}`,
    `{"emailDomains":["${secret}","${secret}"]}`,
  ];
}

/** Each field of each method, with the secret in it and something that makes the whole refused. */
function wrongFields(secret: string): Misplaced[] {
  return builtMethods.flatMap(({ name, method }) =>
    method.input.fields.flatMap((field) =>
      [secret, `${secret}\0`, [secret], { [secret]: secret }, { value: secret }, { [`${secret}\0`]: "" }].map(
        (value) => ({
          path: `/gitpod.v1.${name}`,
          // NUL in the name of an unknown organization: no free text of these requests is stored.
          body: { ...unusable, [field.jsonName]: value },
        }),
      ),
    ),
  );
}

const unusable = {
  organizationId: "01890a5d-ac96-774b-bcce-b302099a8057",
  scimConfigurationId: "01890a5d-ac96-774b-bcce-b302099a8057",
  ssoConfigurationId: "01890a5d-ac96-774b-bcce-b302099a8057",
  userId: "01890a5d-ac96-774b-bcce-b302099a8057",
  personalAccessTokenId: "01890a5d-ac96-774b-bcce-b302099a8057",
  groupId: "01890a5d-ac96-774b-bcce-b302099a8057",
  name: "\0",
};
