/** Every JSON that the program prints names its schema, and every schema is described in docs/schema/. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";

const root = resolve(import.meta.dirname, "..");

/** What only treewide reads: its own files in the cache, and what workers take from the queue. */
const own = ["archive", "history", "job", "tree"];

test("each schema that the sources name is in docs/schema/, and no other", () => {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const named = sources
    .filter((name) => name.endsWith(".ts"))
    .flatMap((name) => [
      ...readFileSync(join(root, "src", name), "utf8").matchAll(/"treewide\.([\w-]+)\/(\d+)"/g),
    ])
    .filter(([, name]) => !own.includes(name!))
    .map(([, name, number]) => `treewide.${name}-${number}.json`);
  expect(readdirSync(join(root, "docs/schema")).sort()).toEqual([...new Set(named)].sort());
});

test("a schema's title and the name that it wants are its file's", () => {
  for (const file of readdirSync(join(root, "docs/schema"))) {
    const schema = JSON.parse(readFileSync(join(root, "docs/schema", file), "utf8"));
    const name = file.replace(/-(\d+)\.json$/, "/$1");
    expect([schema.title, schema.properties.schema.const, schema.additionalProperties]).toEqual([
      name,
      name,
      false,
    ]);
  }
});
