import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { betweenCommas, treeAmong, whole } from "../../src/cli/arguments.js";
import { temporaryFolder } from "../kernel/fixture.js";

test("a whole number is decimal digits between its bounds", () => {
  const [count, size] = [whole(1, 9999), whole(0)];
  expect(["1", "9999", "007"].map(count)).toEqual([1, 9999, 7]);
  expect(["0", "9007199254740991"].map(size)).toEqual([0, Number.MAX_SAFE_INTEGER]);
  for (const text of ["0", "10000", "x", "", "2.5", "-1", "1e3", "0x10", " 1", "1\n"])
    expect(() => count(text)).toThrow("a whole number from 1 to 9999 is needed");
  expect(() => size("9007199254740993")).toThrow("a whole number from 0 on is needed");
});

test("commas part names, but not within the braces of a glob", () => {
  expect(betweenCommas("ahci,nvme")).toEqual(["ahci", "nvme"]);
  expect(betweenCommas("drivers/{ata,nvme}/**,xhci_hcd,")).toEqual(["drivers/{ata,nvme}/**", "xhci_hcd"]);
  expect(betweenCommas("{broken")).toEqual(["{broken"]);
});

test("a kernel tree or a bare repository is told from other words", () => {
  const [linux, bare, other] = ["linux", "linux.git", "ahci"].map((name) => join(temporaryFolder(), name));
  for (const folder of [linux!, bare!, other!]) mkdirSync(folder);
  writeFileSync(join(linux!, "MAINTAINERS"), "");
  writeFileSync(join(bare!, "HEAD"), "");
  expect(treeAmong(["nvme", other!])).toBeUndefined();
  expect(treeAmong(["nvme", linux!])).toBe(linux);
  expect(treeAmong([bare!])).toBe(bare);
});
