/** A database in words: without the user, the password and the parameters of its URL. */
export function describeUrl(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `the PostgreSQL database ${hostname}:${port === "" ? "5432" : port}${pathname}`;
}
