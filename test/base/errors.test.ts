import { expect, test } from "vitest";
import { asKnownError, ExitCode, KnownError } from "../../src/base/errors.js";

const systemError = (fields: Readonly<Record<string, string>>) => Object.assign(new Error("failed"), fields);

test("a full disk is told as such, with the file that was written, wherever it was met", () => {
  const copying = systemError({ code: "ENOSPC", path: "/tree/a.c", dest: "/cache/a.c" });
  expect(asKnownError(copying)).toMatchObject({
    message: "/cache/a.c: cannot be written (ENOSPC)",
    exitCode: ExitCode.unusable,
  });
  expect(asKnownError(systemError({ code: "EDQUOT", path: "/cache/b" }))?.message).toBe(
    "/cache/b: cannot be written (EDQUOT)",
  );
  expect(asKnownError(systemError({ code: "ENOSPC", syscall: "write" }))?.message).toBe(
    "the disk is full (ENOSPC)",
  );
});

test("a known error stays what it is, and a bug is none", () => {
  const known = new KnownError("no tree");
  expect(asKnownError(known)).toBe(known);
  expect(asKnownError(systemError({ code: "ENOENT", path: "/x" }))).toBeUndefined();
  expect(asKnownError(new TypeError("x is undefined"))).toBeUndefined();
});
