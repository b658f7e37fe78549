import { crc32, gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import {
  deflatedPiece,
  type FarPiece,
  gzipPiece,
  joinedCrc,
  joinPieces,
  packPiece,
  storedPiece,
  unpackPiece,
} from "../../src/base/gzip-pieces.js";

const farAway = (text: string): FarPiece => {
  const { crc, length, deflated } = deflatedPiece(text);
  return { crc, length, packed: deflated.length, read: (into) => into.set(deflated) };
};

test("joined pieces are one gzip stream of all texts", () => {
  const texts = ["", "a", "Grüße\n".repeat(40_000), "<article>", "x".repeat(70_000), "end"];
  const pieces = [
    ...texts.map(deflatedPiece),
    storedPiece(""),
    storedPiece("as it stands"),
    storedPiece("y".repeat(200_000)),
    farAway("far away"),
    gzipPiece("short"),
    gzipPiece("long ".repeat(9_000)),
    unpackPiece(packPiece(deflatedPiece("packed"))),
  ];
  expect(gunzipSync(joinPieces(pieces)).toString()).toBe(
    `${texts.join("")}as it stands${"y".repeat(200_000)}far awayshort${"long ".repeat(9_000)}packed`,
  );
});

test("the sum of two texts is known from theirs, of any lengths", () => {
  for (let n = 0; n < 60; n++) {
    const [a, b] = [0, 1].map(() => Buffer.alloc(Math.floor(2 ** (20 * Math.random())), `${Math.random()}`));
    expect(joinedCrc(crc32(a!), crc32(b!), b!.length)).toBe(crc32(Buffer.concat([a!, b!])));
  }
});

test("no piece at all is an empty stream", () => {
  expect(gunzipSync(joinPieces([])).length).toBe(0);
});
