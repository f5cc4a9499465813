/**
 * Statements over many things. Each number of parameters is a text of its own, which is prepared and kept for as long as
 * the process lives: hence few sizes.
 */
const sizes = [1, 4, 16, 64, 256] as const;
const sizeMax = 256;

/** The items in pieces of one of a few sizes. A piece that would be smaller is filled up with its last item. */
export function* chunks<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += sizeMax) {
    const piece = items.slice(start, start + sizeMax);
    const size = sizes.find((candidate) => candidate >= piece.length) ?? sizeMax;
    const last = piece.slice(-1);
    while (piece.length < size) piece.push(...last);
    yield piece;
  }
}

/**
 * The texts of a statement over a chunk, one for each size.
 *
 * @param row what stands for one item: `?`, or `(?, ?)` in an INSERT
 */
export function sized(row: string, text: (rows: string) => string): (size: number) => string {
  const known = new Map<number, string>();
  return (size) => {
    const found = known.get(size);
    if (found !== undefined) return found;
    const made = text(Array<string>(size).fill(row).join(", "));
    known.set(size, made);
    return made;
  };
}
