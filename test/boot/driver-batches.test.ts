import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { FoundDriver } from "../../src/audit/drivers.js";
import { driverBatches } from "../../src/boot/driver-batches.js";
import { SourceFile } from "../../src/c/source.js";
import { openTree } from "../../src/kernel/tree.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "treewide-batches-"));
  write("Makefile", "VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION =\n");
  write("drivers/Makefile", `obj-y += ${"abcdefghijklmnopqrstuvwxyzABCDE".replace(/./g, "$&/ ")}\n`);
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

/** A driver drivers/NAME/main.c whose module has so many sources. */
function driver(name: string, enable: string, sources: number): FoundDriver {
  const parts = Array.from({ length: sources - 1 }, (_, n) => `part${n}`);
  write(
    `drivers/${name}/Makefile`,
    `obj-$(CONFIG_X) += card.o\ncard-y := main.o ${parts.map((p) => `${p}.o`).join(" ")}\n`,
  );
  for (const part of parts) write(`drivers/${name}/${part}.c`, "");
  const path = `drivers/${name}/main.c`;
  const text = `int probe(struct pci_dev *p) { return ${enable}(p); }\nstruct pci_driver card = { .probe = probe };`;
  write(path, text);
  const file = new SourceFile(path, text);
  const probe = file.functions.get("probe")!;
  return {
    variable: file.variables.get("card")!,
    modules: [],
    code: {
      programs: [] as never,
      probe,
      ids: [],
      remove: [],
      callbacks: [],
      allocatingFiles: new Set<string>(),
      tokens: 0,
    },
    allocations: [],
    frees: [],
    hidden: [],
    reach: new Set(probe),
    headers: [],
  };
}

const batches = (...found: FoundDriver[]) =>
  driverBatches(found, openTree({ kind: "folder", path: root })).map((files) =>
    files.map((file) => file.split("/")[1]).join(""),
  );

test("managed drivers come first, and huge ones last, each alone", () => {
  const all = [
    driver("a", "pci_enable_device", 1),
    driver("b", "pcim_enable_device", 500),
    driver("c", "pcim_enable_device", 2),
    driver("d", "pci_enable_device", 450),
    driver("e", "pcim_enable_device", 1),
  ];
  expect(batches(...all)).toEqual(["ce", "a", "d", "b"]);
});

test("a kernel holds two dozen drivers, and a hundred and fifty sources", () => {
  const names = [..."abcdefghijklmnopqrstuvwxyz"];
  expect(batches(...names.map((name) => driver(name, "pci_enable_device", 1)))).toEqual([
    "abcdefghijklmnopqrstuvwx",
    "yz",
  ]);
  expect(batches(...["a", "b", "c"].map((name) => driver(name, "pci_enable_device", 70)))).toEqual([
    "ab",
    "c",
  ]);
});
