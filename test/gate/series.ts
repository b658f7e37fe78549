/** A small kernel repository with its MAINTAINERS and a series on top, for the tests of routing and mailing. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { run } from "../../src/base/process.js";

export const MAINTAINERS = `List of maintainers
===================

ALPHA DRIVER
M:	Änne Grün <aenne@alpha.example>
R:	"Rita, the Reviewer" <rita@alpha.example>
L:	alpha@lists.example (moderated for non-subscribers)
S:	Maintained
F:	drivers/alpha/

BETA DRIVER
M:	Bert Beta <bert@beta.example>
L:	beta@lists.example
S:	Supported
F:	drivers/beta/

PCI SUBSYSTEM
M:	Petra Pci <petra@pci.example>
L:	pci@lists.example
S:	Supported
F:	drivers/pci/
F:	include/linux/pci*

THE REST
M:	Linus Torvalds <torvalds@linux-foundation.org>
L:	kernel@lists.example
S:	Buried alive in reporters
F:	*
F:	*/
`;

export interface Repository {
  readonly folder: string;
  git(...args: string[]): Promise<string>;
  /** Writes files and commits them as the message says. */
  commit(message: string, files: Readonly<Record<string, string>>): Promise<string>;
}

/** A folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "treewide-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** A repository of its own user, untouched by the machine's git configuration. Tag `base` is its first commit. */
export async function repository(): Promise<Repository> {
  const folder = temporaryFolder();
  const git = async (...args: string[]) => {
    const { stdout } = await run("git", args, { cwd: folder, env: gitEnvironment });
    return stdout.toString("utf8").trim();
  };
  const commit = async (message: string, files: Readonly<Record<string, string>>) => {
    write(folder, files);
    await git("add", "-A");
    await git("commit", "-q", "-m", message);
    return git("rev-parse", "HEAD");
  };
  await git("init", "-q", "-b", "main");
  await git("config", "user.name", "Sören Sender");
  await git("config", "user.email", "soeren@sender.example");
  await commit("start", {
    MAINTAINERS,
    "drivers/alpha/a.c": "int a;\n",
    "drivers/beta/b.c": "int b;\n",
    "drivers/pci/api.c": "int c;\n",
  });
  await git("tag", "base");
  return { folder, git, commit };
}

/** What keeps the machine's settings away from a test's git. */
export const gitEnvironment = { GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" };

const SIGNED = "Signed-off-by: Sören Sender <soeren@sender.example>";

/** A core patch that adds a function, two drivers that use it, and one more core patch. */
export async function addSeries({ commit }: Repository): Promise<void> {
  await commit(`PCI: Add pcim_alpha()\n\nBöse Umlaute.\n\n${SIGNED}`, {
    "drivers/pci/api.c": "int c;\nint pcim_alpha(int x)\n{\n\treturn x;\n}\n",
  });
  await commit(`alpha: Use pcim_alpha()\n\nReported-by: Ralf Reporter <ralf@users.example>\n${SIGNED}`, {
    "drivers/alpha/a.c": "int a;\nint f(void) { return pcim_alpha(1); }\n",
  });
  await commit(`beta: Count differently\n\n${SIGNED}`, { "drivers/beta/b.c": "long b;\n" });
  await commit(`PCI: Drop c\n\n${SIGNED}`, {
    "drivers/pci/api.c": "int pcim_alpha(int x)\n{\n\treturn x;\n}\n",
  });
}
