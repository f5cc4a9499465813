/**
 * SQLite looks at the values of bare parameters when it plans some statements: those with a join, or with an ORDER BY that an
 * index answers. It then plans them anew at every call, and better-sqlite3 makes new code for their rows each time, which
 * costs ten times what the statement itself does. SQLite has a setting against it (SQLITE_DBCONFIG_ENABLE_QPSG) that
 * better-sqlite3 does not offer. A parameter with a plus before it is the same value to the statement and none to the planner.
 */
export function withStablePlan(sql: string): string {
  return sql.replaceAll(/(= |LIMIT |IN \()\?(?!, )/g, "$1+?");
}
