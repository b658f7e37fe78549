import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import {
  gzipPiece,
  gzipPieceSync,
  joinPieces,
  packPiece,
  storedPiece,
  unpackPiece,
} from "../../src/base/gzip-pieces.js";

test("joined pieces are one gzip stream of all texts", async () => {
  const texts = ["", "a", "Grüße\n".repeat(40_000), "<article>", "x".repeat(70_000), "end"];
  const pieces = [
    ...texts.map(gzipPieceSync),
    storedPiece(""),
    storedPiece("as it stands"),
    await gzipPiece("short"),
    await gzipPiece("long ".repeat(9_000)),
    unpackPiece(packPiece(gzipPieceSync("packed"))),
  ];
  expect(gunzipSync(joinPieces(pieces)).toString()).toBe(
    `${texts.join("")}as it standsshort${"long ".repeat(9_000)}packed`,
  );
});

test("no piece at all is an empty stream", () => {
  expect(gunzipSync(joinPieces([])).length).toBe(0);
});
