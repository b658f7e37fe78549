/** The JSON of the commands on archives and trees, as a user gets it, is what docs/schema/ says. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { seedThread } from "../data.js";
import { coreFiles } from "../kernel/fixture.js";
import { startMirror } from "../kernel/mirror.js";
import { faultsOf } from "./schema.js";
import { cache, treewide } from "./treewide.js";

/** A patch, what people and programs said to it, a second version that came to an end, and mails with less in them. */
const mails = `From mboxrd@z Thu Jan  1 00:00:00 1970
From: Tilda Toy <tilda@example.org>
To: Mara Keeper <mara@example.org>
Subject: [PATCH 1/2] toy: Add toy_alloc_vectors()
Date: Sun, 1 Nov 2026 12:00:00 +0000
Message-ID: <one@example.org>

Drivers want it.
---
diff --git a/drivers/toy/toy.c b/drivers/toy/toy.c
--- a/drivers/toy/toy.c
+++ b/drivers/toy/toy.c
@@ -1,1 +1,5 @@
 int toy;
+int toy_alloc_vectors(int count)
+{
+	return count;
+}

From mboxrd@z Thu Jan  1 00:00:00 1970
From: Mara Keeper <mara@example.org>
Subject: Re: [PATCH 1/2] toy: Add toy_alloc_vectors()
Date: Mon, 2 Nov 2026 12:00:00 +0000
Message-ID: <two@example.org>
In-Reply-To: <one@example.org>

> Drivers want it.

I don't think that this is a good idea: it breaks bisection.

From mboxrd@z Thu Jan  1 00:00:00 1970
From: rex@example.org
Subject: Re: [PATCH 1/2] toy: Add toy_alloc_vectors()
Date: Mon, 2 Nov 2026 13:00:00 +0000
Message-ID: <three@example.org>
In-Reply-To: <one@example.org>

Reviewed-by: Rex Reader <rex@example.org>
Link: https://example.org/

Applied to toys, thanks!

From mboxrd@z Thu Jan  1 00:00:00 1970
From: kernel test robot <lkp@intel.com>
Subject: Re: [PATCH 1/2] toy: Add toy_alloc_vectors()
Date: Mon, 2 Nov 2026 14:00:00 +0000
Message-ID: <four@example.org>
In-Reply-To: <one@example.org>

drivers/toy/toy.c:1: error: no toy

From mboxrd@z Thu Jan  1 00:00:00 1970
Subject: nobody wrote this
Date: nonsense

.
`;

const mbox = join(cache, "toys.mbox");
let added: string;
beforeAll(async () => {
  writeFileSync(mbox, mails);
  added = await printed("archive", "add", "toys", mbox, "--address", "l@x", "--json");
  await printed("archive", "add", "seed", seedThread);
});

/** What a command prints on stdout. */
async function printed(...args: string[]): Promise<string> {
  return (await treewide(args)).stdout;
}

test("archive add and archive update", async () => {
  expect(faultsOf("archive-update", added)).toEqual([]);
  expect(JSON.parse(added).archives).toMatchObject([{ name: "toys", messages: 5, added: 5 }]);
  const again = await printed("archive", "update", "--json", "--rebuild");
  expect(faultsOf("archive-update", again)).toEqual([]);
  expect(JSON.parse(again).archives).toMatchObject([{ rebuilt: "asked for" }, { rebuilt: "asked for" }]);
});

test("archive list, also of an archive that has no index", async () => {
  const folder = join(cache, "archives/bare");
  mkdirSync(folder);
  const config = { schema: "treewide.archive/1", name: "bare", sources: [] };
  writeFileSync(join(folder, "archive.json"), JSON.stringify(config));
  const list = await printed("archive", "list", "--json");
  await printed("archive", "remove", "bare");
  expect(faultsOf("archives", list)).toEqual([]);
  expect(JSON.parse(list).archives).toMatchObject([
    { name: "bare", problem: expect.stringContaining("bare") },
    { name: "seed" },
    { name: "toys", address: "l@x", messages: 5, sources: [{ kind: "mbox", location: mbox }] },
  ]);
});

test.each([["toy"], ["irq OR nobody"], ["s:nothing-of-this"]])("search %s", async (query) => {
  const found = await printed("search", query, "--format", "json");
  expect(faultsOf("search", found)).toEqual([]);
  expect(JSON.parse(found).messages.length > 0).toBe(!query.startsWith("s:"));
});

test.each([["toy_alloc_vectors"], ["drivers/toy/toy.c"], ["pci_alloc_irq_vectors"]])(
  "prior %s",
  async (what) => {
    const found = await printed("prior", what, "--json");
    expect(faultsOf("prior", found)).toEqual([]);
    if (what === "pci_alloc_irq_vectors") return;
    const [effort] = JSON.parse(found).efforts;
    expect(effort).toMatchObject({
      landed: true,
      versions: [{ replies: 3 }],
      objections: [{ from: "Mara Keeper" }],
    });
  },
);

test("prior of a name that nobody used", async () => {
  expect(faultsOf("prior", await printed("prior", "toy_no_such", "--json"))).toEqual([]);
});

test("track, also where the archive lacks patches", async () => {
  const toys = await printed("track", "one@example.org", "--json");
  expect(faultsOf("track", toys)).toEqual([]);
  const [first, second] = JSON.parse(toys).series[0].patches;
  expect(first.trailers).toMatchObject([
    { kind: "review", trailer: { person: { address: "rex@example.org" } } },
  ]);
  expect([first.points.length, first.notices.length, first.robots.length]).toEqual([1, 1, 1]);
  expect(second).not.toHaveProperty("messageId");
  expect(faultsOf("track", await printed("track", seedThread, "--json"))).toEqual([]);
});

test("tree list, without and with a tree", async () => {
  expect(faultsOf("trees", await printed("tree", "list", "--json"))).toEqual([]);
  const { base, keyring } = await startMirror("7.3", coreFiles);
  await printed("tree", "get", "7.3", "--mirror", base, "--keyring", keyring);
  const list = await printed("tree", "list", "--json");
  expect(faultsOf("trees", list)).toEqual([]);
  expect(JSON.parse(list).trees).toMatchObject([{ package: "linux-source-7.3", kernel: "7.3.4-rc1" }]);
});
