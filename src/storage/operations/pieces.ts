/**
 * Changes of any number of rows. An engine cannot interrupt a statement, and on SQLite nothing else runs meanwhile: so a
 * thousand rows at a time.
 */
import { text } from "../columns.ts";
import { first, type Operation, type Parameter, type Row, run } from "../operation.ts";

export interface ManyRows {
  readonly table: string;
  /** What happens to them: `DELETE FROM …` or `UPDATE … SET …`. */
  readonly change: string;
  /** Which: the first columns of an index, each equal to a parameter. */
  readonly where: string;
  /** The next columns of that index, texts that tell the rows apart. */
  readonly by: readonly string[];
}

export const pieceMax = 1_000;

/**
 * The last statement takes whatever is left, as one alone would do: on PostgreSQL others may delete rows at the same time,
 * and none may stay because pieces were counted with them.
 *
 * @returns given the parameters of `where`, the number of rows changed
 */
export function inPieces(rows: ManyRows): (...parameters: readonly Parameter[]) => Operation<number> {
  const { table, change, where, by } = rows;
  const columns = by.join(", ");
  const values = by.map(() => "?").join(", ");
  const after = `${where} AND (${columns}) > (${values})`;
  const selectLast = {
    sql: `SELECT ${columns} FROM ${table} WHERE ${after} ORDER BY ${columns} LIMIT 1 OFFSET ${pieceMax - 1}`,
    decode: (row: Row): readonly string[] => by.map((column) => text(row, column)),
  };
  const changePiece = `${change} WHERE ${after} AND (${columns}) <= (${values})`;
  const changeRest = `${change} WHERE ${where}`;

  return function* changeInPieces(...parameters) {
    let changed = 0;
    let start: readonly string[] = by.map(() => "");
    for (;;) {
      const last = yield* first(selectLast, ...parameters, ...start);
      if (last === undefined) return changed + (yield* run(changeRest, ...parameters));
      changed += yield* run(changePiece, ...parameters, ...start, ...last);
      start = last;
    }
  };
}
