/**
 * Small drivers, a folder for each behaviour, that say themselves what must be found in them: `expect: class explicit`
 * for their pci_drivers (several are separated by semicolons), `expect: leaks-today` on the line of a hazard. What
 * nobody marked must not be. They are laid over the small tree of the reports, which brings a core.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { auditTree } from "../../src/audit/audit.js";
import { toyFolder } from "../report/toy.js";

const inputs = join(import.meta.dirname, "inputs");

test.each(readdirSync(inputs))("%s", async (name) => {
  const folder = join(inputs, name);
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  const overlay: Record<string, string> = { "drivers/Makefile": `obj-y += ${name}/\n` };
  for (const path of paths) overlay[`drivers/${name}/${path}`] = readFileSync(join(folder, path), "utf8");
  const { drivers } = await auditTree(
    { kind: "folder", path: toyFolder, overlay },
    { jobs: 1, cache: false, drivers: { names: [`drivers/${name}`] } },
  );
  const classes = drivers.map(({ driver, class: its }) => `${driver} class ${its}`);
  const hazards = drivers.flatMap((d) => d.hazards.map(({ file, line, kind }) => `${file}:${line} ${kind}`));
  expect([...classes, ...new Set(hazards)].sort()).toEqual(Object.entries(overlay).flatMap(marks).sort());
});

function marks([path, text]: readonly [string, string]): string[] {
  return text.split("\n").flatMap((line, i) => {
    const words = /\/\* expect: (.*?) \*\//.exec(line)?.[1]?.split("; ") ?? [];
    return words.map((word) => (word.startsWith("class ") ? `${path} ${word}` : `${path}:${i + 1} ${word}`));
  });
}
