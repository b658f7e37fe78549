import { expect, test } from "vitest";
import { NotInstalledError } from "../../src/base/errors.js";
import { run, runSync } from "../../src/base/process.js";

test("a folder that is missing is named, not the program", async () => {
  const cwd = "/nowhere/at/all";
  await expect(run("true", [], { cwd })).rejects.toThrow(`${cwd}: no such folder`);
  expect(() => runSync("true", [], { cwd })).toThrow(`${cwd}: no such folder`);
});

test("a program that is missing is named", async () => {
  await expect(run("no-such-program", [])).rejects.toThrow(NotInstalledError);
  expect(() => runSync("no-such-program", [], { cwd: "/" })).toThrow(NotInstalledError);
});
