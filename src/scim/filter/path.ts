/** The path of a PATCH operation (RFC 7644 section 3.5.2, figure 7). */
import type { PathExpression } from "./ast.ts";
import { Parser } from "./parser.ts";

export type { PathExpression } from "./ast.ts";

/** @throws ScimError 400 invalidPath, or invalidFilter for what is between the brackets */
export function parsePath(text: string): PathExpression {
  const parser = new Parser(text, "invalidPath");
  return parser.whole(() => parser.path(), "the end of the path");
}
