import { describe, expect, it } from "vitest";
import { chunks, sized } from "../../src/storage/operations/chunks.ts";

const sizes = [1, 4, 16, 64, 256];

describe("chunks", () => {
  it("have each item in order, and no other, in pieces of few sizes", () => {
    for (const length of [0, 1, 2, 4, 5, 16, 17, 63, 64, 65, 255, 256, 257, 512, 700, 1_025]) {
      const items = Array.from({ length }, (_, index) => index);
      const pieces = [...chunks(items)];
      expect([...new Set(pieces.flat())]).toEqual(items);
      expect(pieces).toHaveLength(Math.ceil(length / 256));
      for (const piece of pieces) expect(sizes).toContain(piece.length);
    }
  });

  it("leave what they were given as it is", () => {
    const items = [1, 2, 3];
    expect([...chunks(items)]).toEqual([[1, 2, 3, 3]]);
    expect(items).toEqual([1, 2, 3]);
  });
});

describe("sized", () => {
  it("writes a row as often as asked, and each text once", () => {
    let written = 0;
    const text = sized("(?, ?)", (rows) => {
      written += 1;
      return `VALUES ${rows}`;
    });
    expect([text(1), text(4), text(1)]).toEqual([
      "VALUES (?, ?)",
      "VALUES (?, ?), (?, ?), (?, ?), (?, ?)",
      "VALUES (?, ?)",
    ]);
    expect(written).toBe(2);
  });
});
