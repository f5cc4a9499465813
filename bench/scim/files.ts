/** The databases of one size of directory, in its folder. Those that grow are where users are created: the others keep their size. */
import { join } from "node:path";

export const databases = ["service", "service-growing", "bare", "bare-growing"] as const;
export type DatabaseName = (typeof databases)[number];

export function pathOf(folder: string, name: DatabaseName): string {
  return join(folder, `${name}.db`);
}
