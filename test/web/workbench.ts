/** A bench with the small tree, a series that mends one of its drivers, and an archive where that was discussed. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runSync } from "../../src/base/process.js";
import { mboxrdEntry } from "../../src/mail/mbox.js";
import { Bench } from "../../src/web/bench.js";
import { Guard } from "../../src/web/guard.js";
import { createWorkbench } from "../../src/web/workbench.js";
import { removeTestArchives, testArchive, testCache } from "../archive/fixture.js";
import { toyFolder } from "../report/toy.js";

const maintainers = `List of maintainers
===================

TOY DRIVERS
M:	Tilda Toy <tilda@example.org>
R:	Rex Reader <rex@example.org>
L:	linux-toys@example.org
S:	Maintained
F:	drivers/toy/

THE REST
M:	Somebody Else <else@example.org>
L:	linux-kernel@example.org
S:	Supported
F:	*
F:	*/
`;

/** A copy of the small tree with a MAINTAINERS. */
export function toyTree(name = "toy-tree"): string {
  const path = join(testCache(), name);
  cpSync(toyFolder, path, { recursive: true });
  writeFileSync(join(path, "MAINTAINERS"), maintainers);
  return path;
}

export const patchId = "20261101120000.1-1-tilda@example.org";
export const reviewId = "20261102120000.2-rex@example.org";

/** The series and an answer to it, as mails. */
export function toyMails(tree: string): Buffer[] {
  const folder = join(testCache(), "patch");
  for (const side of ["a", "b"]) mkdirSync(join(folder, side, "drivers/toy"), { recursive: true });
  const file = "drivers/toy/leaky.c";
  const text = readFileSync(join(tree, file), "utf8");
  const mended = text.replace(
    "/* expect: leaks-today */\n\tif (ret)\n\t\treturn ret;",
    "/* expect: leaks-today */\n\tif (ret) {\n\t\tpci_free_irq_vectors(pdev);\n\t\treturn ret;\n\t}",
  );
  writeFileSync(join(folder, "a", file), text);
  writeFileSync(join(folder, "b", file), mended);
  const diff = runSync("diff", ["-u", `a/${file}`, `b/${file}`], { cwd: folder, accept: [1] });
  return [
    `From: Tilda Toy <tilda@example.org>
To: linux-toys@example.org
Subject: [PATCH] toy: leaky: Free the IRQ vectors when starting fails
Date: Sun, 1 Nov 2026 12:00:00 +0000
Message-ID: <${patchId}>

A failed toy_start() leaves the vectors allocated. Free them.

Signed-off-by: Tilda Toy <tilda@example.org>
---
diff --git a/${file} b/${file}
${diff.stdout.toString()}`,
    `From: Rex Reader <rex@example.org>
To: Tilda Toy <tilda@example.org>
Cc: linux-toys@example.org
Subject: Re: [PATCH] toy: leaky: Free the IRQ vectors when starting fails
Date: Mon, 2 Nov 2026 12:00:00 +0000
Message-ID: <${reviewId}>
In-Reply-To: <${patchId}>
References: <${patchId}>

On Sun, 1 Nov 2026 12:00:00 +0000, Tilda Toy wrote:
> A failed toy_start() leaves the vectors allocated. Free them.

Reviewed-by: Rex Reader <rex@example.org>
`,
  ].map((mail) => Buffer.from(mail));
}

export interface Workbench {
  readonly bench: Bench;
  readonly guard: Guard;
  readonly app: ReturnType<typeof createWorkbench>;
}

/** Audited and judged: all that pages can show is there. */
export async function toyWorkbench(): Promise<Workbench> {
  const tree = toyTree();
  const mbox = join(testCache(), "series.mbox");
  writeFileSync(mbox, Buffer.concat(toyMails(tree).map((mail) => mboxrdEntry(mail))));
  const archives = [await testArchive("linux-toys", mbox)];
  const bench = new Bench({ archives, jobs: 1 });
  bench.addTree({ kind: "folder", path: tree });
  bench.addSeries({ kind: "path", path: mbox });
  const guard = new Guard();
  bench.begin();
  for (const { id } of bench.jobs.list()) await bench.jobs.ended(id);
  return { bench, guard, app: createWorkbench(bench, guard) };
}

export function removeWorkbench(workbench: Workbench | undefined): void {
  workbench?.bench.jobs.close();
  removeTestArchives();
}
