import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { Build } from "../../src/boot/build.js";
import { temporaryFolder } from "../kernel/fixture.js";

/** As the kernel's: what it starts does not see LC_ALL (Makefile, "Avoid funny character set dependencies"). */
const MAKEFILE = `unexport LC_ALL
bzImage:
	@echo "error: told in $\${LC_MESSAGES:-$$LANG}" >&2; false
`;

test("make and what it starts tell their errors in English, whatever the user's language", async () => {
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  for (const name of ["LANG", "LC_ALL", "LC_MESSAGES"]) vi.stubEnv(name, "de_DE.UTF-8");
  const folder = temporaryFolder();
  writeFileSync(join(folder, "Makefile"), MAKEFILE);
  const made = new Build(folder, folder, { tree: folder }).make(["bzImage"], "compiling");
  await expect(made).rejects.toThrow("compiling: make ended with 2\nerror: told in C");
});
