import { expect, test } from "vitest";
import { startTestServer } from "../support/server.ts";

test("JSON that is no UTF-8 is refused, not stored with replacement characters", async () => {
  await using server = await startTestServer();
  const body = Buffer.concat([Buffer.from('{"name":"Acm'), Buffer.from([0xff]), Buffer.from('e"}')]);

  const response = await fetch(`${server.url}/gitpod.v1.OrganizationService/CreateOrganization`, {
    method: "POST",
    headers: { Authorization: `Bearer ${server.operatorToken}`, "Content-Type": "application/json" },
    body,
  });

  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    code: "invalid_argument",
    message: "the message could not be read: it is malformed or incomplete",
  });
});
