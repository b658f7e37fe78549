import { expect, test } from "vitest";
import { run } from "../../src/base/process.js";
import { cpioArchive } from "../../src/boot/cpio.js";

test("cpio reads the archive back", async () => {
  const archive = cpioArchive([
    { path: "init", content: "#!/bin/sh\n", executable: true },
    { path: "script", content: "four" },
  ]);
  const { stdout } = await run("cpio", ["--list", "--verbose", "--quiet"], { input: archive });
  const listed = stdout
    .toString()
    .trim()
    .split("\n")
    .map((line) => line.split(/\s+/));
  expect(listed.map((words) => [words[0], words[4], words.at(-1)])).toEqual([
    ["-rwxr-xr-x", "10", "init"],
    ["-rw-r--r--", "4", "script"],
  ]);
});
