/** The drivers of the small tree say themselves what must be found in them; what nobody marked must not be. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { toyFolder, toyResult } from "./toy.js";

const folder = "drivers/toy";

test.each(readdirSync(join(toyFolder, folder)))("%s shows what it marks, and nothing else", async (name) => {
  const lines = readFileSync(join(toyFolder, folder, name), "utf8").split("\n");
  const marks = lines.flatMap((line, i) => {
    const words = /\/\* expect: (.*?) \*\//.exec(line)?.[1];
    if (words === undefined) return [];
    return words.startsWith("class ") ? [words] : words.split(" ").map((kind) => `${i + 1}: ${kind}`);
  });
  const driver = (await toyResult()).drivers.find((d) => d.driver === `${folder}/${name}`)!;
  const found = [`class ${driver.class}`, ...driver.hazards.map((h) => `${h.line}: ${h.kind}`)];
  expect(found.sort()).toEqual(marks.sort());
});
