import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/** From the ground up: a file may import from its own floor and from those before it. */
const floors = [
  "base",
  "c",
  "mail",
  "kernel",
  "exec",
  "ownership",
  "audit",
  "series",
  "boot",
  "archive",
  "gate",
  "report",
  "web",
  "cli",
];
const src = resolve(import.meta.dirname, "../src");

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? sourceFiles(path) : path.endsWith(".ts") ? [path] : [];
  });
}
const floorOf = (path: string) => floors.indexOf(relative(src, path).split("/")[0]!);
const importsOf = (text: string) =>
  [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map((match) => match[1]!);

test("imports go down only", () => {
  const offences = sourceFiles(src).flatMap((file) =>
    importsOf(readFileSync(file, "utf8"))
      .filter((name) => name.startsWith("."))
      .map((name) => resolve(dirname(file), name))
      .filter((target) => floorOf(target) > floorOf(file))
      .map(
        (target) =>
          `${relative(src, file)} imports ${relative(src, target)}: move what it needs down to ${floors[floorOf(file)]}/ or below`,
      ),
  );
  expect(offences).toEqual([]);
});

test("every folder is a floor, and none is deeper than two levels", () => {
  const strays = sourceFiles(src)
    .map((file) => relative(src, file))
    .filter((file) => !floors.includes(file.split("/")[0]!) || file.split("/").length > 3);
  expect(strays).toEqual([]);
});

/** One door per danger (docs/ARCHITECTURE.md): only these files may import these modules. */
const doors: Record<string, RegExp> = {
  "node:child_process": /^base\/process\.ts$/,
  "@photostructure/sqlite": /^base\/database\.ts$/,
  bullmq: /^gate\/queue\//,
  ioredis: /^gate\/queue\//,
  "node:worker_threads": /^(base|audit|archive)\//,
};

test("dangerous modules are imported at one door each", () => {
  const offences = sourceFiles(src).flatMap((file) =>
    importsOf(readFileSync(file, "utf8"))
      .filter((name) => doors[name] && !doors[name].test(relative(src, file)))
      .map((name) => `${relative(src, file)} imports ${name}: go through ${doors[name]}`),
  );
  expect(offences).toEqual([]);
});
