/** Mail from strangers, with what could move a terminal's cursor, as commands print it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { runSync } from "../../src/base/process.js";
import { commitAll, temporaryFolder, writeRepository, writeTree } from "../kernel/fixture.js";
import { toyFolder } from "../report/toy.js";
import { cache, root, treewide, tsx } from "./treewide.js";

/** C0 and C1 controls and DEL, but for tabs and line ends (ECMA-48, 5.2 and 5.3). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/;

const mbox = `From mboxrd@z Thu Jan  1 00:00:00 1970
From: =?utf-8?q?Eve=1B=5B31m_Evil?= <eve\x1b[2J@x.example>
To: list@x.example
Subject: [PATCH] =?utf-8?q?toy=3A_=1B=5D0=3Bowned=07_=C2=9B31m?= change
Date: Mon, 23 Feb 2026 10:00:00 +0000
Message-ID: <1\x1b[1m@x.example>

Adds pcim_toy_alloc()\x1b[5m.

Signed-off-by: Eve <eve@x.example>
---
diff --git a/f b/f
--- a/f
+++ b/f
@@ -1 +1,2 @@
-0
+1
+void pcim_toy_alloc(void)\x1b[7m;

From mboxrd@z Thu Jan  1 00:00:00 1970
From: =?utf-8?q?Rob=1B=5B31m?= <rob@x.example>
To: =?utf-8?q?Eve?= <eve@x.example>
Subject: Re: [PATCH] =?utf-8?q?toy=3A_=1B=5D0=3Bowned=07_=C2=9B31m?= change
Date: Mon, 23 Feb 2026 11:00:00 +0000
Message-ID: <2\x1b[1m@x.example>
In-Reply-To: <1\x1b[1m@x.example>

> Adds pcim_toy_alloc()\x1b[5m.

Why do we need \x1b[31mthis here? I don't think this is right.

Reviewed-by: Rob\x1b[31m <rob@x.example>
Nacked-by: Rob\x1b[31m <rob@x.example>

`;

const file = join(cache, "thread.mbox");
beforeAll(async () => {
  writeFileSync(file, mbox);
  expect((await treewide(["archive", "add", "strangers", file])).stderr).toBe("");
});

async function expectPrintable(args: readonly string[], words: string): Promise<void> {
  const { stdout, stderr } = await treewide(args);
  expect(stdout).toContain(words);
  expect(stdout).toContain("\ufffd");
  expect(`${stdout}${stderr}`).not.toMatch(controls);
}

test("search, prior and the arguments for git send-email print no controls", async () => {
  await expectPrintable(["search", "f:eve"], "Eve");
  await expectPrintable(["prior", "pcim_toy_alloc"], "Eve");
  await expectPrintable(["reply", "1\x1b[1m@x.example", "--send-email"], "--to=");
});

test("track prints no controls", () => expectPrintable(["track", file], "Rob"));

test("trailers prints no controls", async () => {
  const { folder, commit } = writeRepository({ f: "0\n" });
  writeTree({ f: "1\nvoid pcim_toy_alloc(void)\x1b[7m;\n" }, folder);
  commitAll(folder, "toy: \x1b]0;owned\x07 \x9b31m change");
  const args = ["trailers", file, "--repository", folder, "--base", commit, "--dry-run"];
  await expectPrintable(args, "would add Reviewed-by: Rob");
});

test("review prints no controls", () => expectPrintable(["review", file, toyFolder, "--no-cache"], "owned"));

test("a message stays as it is in a pipe and in a file, and is printable on a terminal", async () => {
  const search = ["search", "f:eve", "--format", "mbox"];
  const reply = ["reply", "1\x1b[1m@x.example"];
  expect((await treewide(search)).stdout).toContain("eve\x1b[2J@x.example");
  expect((await treewide([...reply, "--stdout"])).stdout).toContain("Adds pcim_toy_alloc()\x1b[5m.");
  const draft = join(temporaryFolder(), "draft.eml");
  await treewide([...reply, "--output", draft]);
  expect(readFileSync(draft, "utf8")).toContain("Adds pcim_toy_alloc()\x1b[5m.");
  for (const args of [search, [...reply, "--stdout"], ["review", file, toyFolder, "--no-cache", "--reply"]]) {
    const words = ["node", "--import", tsx, join(root, "src/cli/main.ts"), ...args];
    const command = words.map((word) => `'${word}'`).join(" ");
    // script(1), of Debian's essential package bsdutils, gives it a terminal.
    const { stdout } = runSync("script", ["-qec", command, "/dev/null"], {
      accept: "any",
      input: "",
      env: { TREEWIDE_CACHE: cache, NO_COLOR: "1", TERM: "dumb" },
    });
    const shown = stdout.toString("utf8").replaceAll("\r\n", "\n");
    expect(shown).toContain("x.example");
    expect(shown.replace("^D\b\b", "").replaceAll("\r\x1b[K", "")).not.toMatch(controls);
  }
});
