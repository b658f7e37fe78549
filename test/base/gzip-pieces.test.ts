import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import {
  deflatedPiece,
  gzipPiece,
  joinPieces,
  packPiece,
  storedPiece,
  unpackPiece,
} from "../../src/base/gzip-pieces.js";

test("joined pieces are one gzip stream of all texts", () => {
  const texts = ["", "a", "Grüße\n".repeat(40_000), "<article>", "x".repeat(70_000), "end"];
  const pieces = [
    ...texts.map(deflatedPiece),
    storedPiece(""),
    storedPiece("as it stands"),
    gzipPiece("short"),
    gzipPiece("long ".repeat(9_000)),
    unpackPiece(packPiece(deflatedPiece("packed"))),
  ];
  expect(gunzipSync(joinPieces(pieces)).toString()).toBe(
    `${texts.join("")}as it standsshort${"long ".repeat(9_000)}packed`,
  );
});

test("no piece at all is an empty stream", () => {
  expect(gunzipSync(joinPieces([])).length).toBe(0);
});
