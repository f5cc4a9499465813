/** Logs that are longer than a transaction for each event would be quick to make. */
import type { TestServer, TestTenant } from "../../support/server.ts";

/** So many more events of the organization, of its changes by nobody, behind the service's back. */
export function fillLog(server: TestServer, { organizationId }: TestTenant, count: number): void {
  server.sql(
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
     INSERT INTO events (organization_id, position, id, actor_id, actor_principal, subject_type, subject_id, action,
       request_id, created_at)
     SELECT organization_id, position + n, substr(organization_id, 1, 24) || printf('%012x', position + n),
       organization_id, 'operator', 'organization', organization_id, 'updated', 'filled', n
     FROM event_positions, numbers WHERE organization_id = ?`,
    count,
    organizationId,
  );
  const advance = "UPDATE event_positions SET position = position + ? WHERE organization_id = ?";
  server.sql(advance, count, organizationId);
}
