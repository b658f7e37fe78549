/** Reviewing a series: on a small tree with a real core, and the posted one of February 2026 on real trees. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Ajv } from "ajv";
import { describe, expect, test, vi } from "vitest";
import { hazardKinds } from "../../src/ownership/observer.js";
import { reviewTable, undecidedTexts } from "../../src/report/review.js";
import { reviewReply } from "../../src/report/review-reply.js";
import { parseRange, readPosting, readRange } from "../../src/series/posting.js";
import { type Review, reviewSeries } from "../../src/series/review.js";
import { writeSeries } from "../../src/series/write.js";
import { treewide } from "../cli/treewide.js";
import { seedThread } from "../data.js";
import { commitAll, git, temporaryFolder, writeTree } from "../kernel/fixture.js";
import { cachedTree, driver, drivers, smallRepository, smallTree } from "./small-tree.js";

const real = cachedTree("7.3");
/** Each audits a tree, some a whole kernel; that takes longer on a machine with other work. */
vi.setConfig({ testTimeout: 600_000 });
const schema = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../docs/schema/treewide.review-1.json"), "utf8"),
);
const author = "A U Thor <author@example.org>";

/** A mail with a patch made of a repository's working tree against its HEAD. */
function patchOf(folder: string, number: string, title: string, body = "Because."): string {
  const diff = git(folder, "diff");
  git(folder, "checkout", "-q", ".");
  return [
    "From mboxrd@z Thu Jan  1 00:00:00 1970",
    `From: ${author}`,
    `Subject: [PATCH ${number}] ${title}`,
    `Message-Id: <${number.replace("/", "-")}@example.org>`,
    "",
    body,
    "---",
    diff,
    "",
    "",
  ].join("\n");
}

function edit(folder: string, path: string, from: string, to: string): void {
  const file = join(folder, path);
  writeFileSync(file, readFileSync(file, "utf8").replace(from, to));
}

const onSmall = (tree: string, mbox: string): Promise<Review> =>
  reviewSeries(readPosting(Buffer.from(mbox)), { kind: "folder", path: tree }, { cache: false, jobs: 1 });

test("a series may be compressed, as a thread is that a public-inbox server gives", () => {
  const mbox =
    "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: A <a@x.y>\nSubject: [PATCH] a: b\n\n--- a/a/b.c\n+++ b/a/b.c\n@@ -1 +1 @@\n-int a;\n+int b;\n\n";
  const file = join(temporaryFolder(), "t.mbox.gz");
  writeFileSync(file, gzipSync(mbox));
  expect(readPosting(file).patches.map(({ title }) => title)).toEqual(["a: b"]);
  expect(readPosting(gzipSync(mbox)).patches).toHaveLength(1);
});

test("two series in one mbox are told apart, not merged; a copy of a patch is passed over", () => {
  const mail = (subject: string, file: string) =>
    `From mboxrd@z Thu Jan  1 00:00:00 1970\nSubject: ${subject}\n\n--- a/${file}\n+++ b/${file}\n@@ -1 +1 @@\n-a\n+b\n\n`;
  const [one, two] = [mail("[PATCH 1/1] x: y", "x"), mail("[PATCH 1/2] z: y", "z")];
  expect(readPosting(Buffer.from(one + one)).patches).toHaveLength(1);
  expect(() => readPosting(Buffer.from(one + two))).toThrow('two patches are number 1: "x: y" and "z: y"');
});

describe.skipIf(!real)("with Linux 7.3's core (`treewide tree get 7.3` brings it)", () => {
  test("our own series is sound at every patch, and misses nobody", async () => {
    const tree = smallTree(real!);
    const output = join(temporaryFolder(), "out");
    await writeSeries(tree, {
      ...{ output, branch: undefined, plan: false, stage: undefined, group: "driver", previous: [] },
      ...{ signedOffBy: author, checked: undefined, cache: false, jobs: 1 },
    });
    const spec = { kind: "folder", path: tree } as const;
    const review = await reviewSeries(readPosting(output), spec, { cache: false, jobs: 1 });
    expect(review.patches.map(({ n, applies, sound }) => ({ n, applies, sound }))).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => ({ n, applies: true, sound: true })),
    );
    expect(review.patches.flatMap(({ claims }) => claims.filter(({ holds }) => !holds))).toEqual([]);
    expect(review.missed).toEqual([]);
  });

  test("a patch that leaves a driver undecided is not sound, mends nothing, and says why", async () => {
    const tree = smallRepository(real!);
    edit(tree, "drivers/misc/implicit.c", "= pci_alloc", "= pcim_alloc");
    const absent = patchOf(tree, "2/3", "misc: implicit: Use pcim_alloc_irq_vectors()");
    edit(tree, "drivers/net/full.c", "if (ret < 0)", "if (ret < 0 {{");
    const broken = patchOf(tree, "3/3", "net: full: Do not compile");
    const review = await onSmall(tree, absent + broken);
    const untold = { applies: true, sound: null, removed: [] };
    expect(review.patches).toMatchObject([
      { ...untold, undecided: [{ why: "this tree's core has no pcim_alloc_irq_vectors()" }] },
      {
        ...untold,
        undecided: [{ driver: "drivers/net/full.c", why: expect.stringContaining("full_probe()") }],
      },
    ]);
    expect(new Ajv().compile(schema)(review)).toBe(true);
    expect(reviewTable(review)).toContain("No driver is known to be left without an owner");
    const many = Array.from({ length: 14 }, (_, i) => ({
      driver: "a",
      file: "a",
      line: 1 + (i >> 1),
      why: "b",
    }));
    expect(undecidedTexts(many).slice(3)).toEqual(["a:4: b", "a:5: b", "and 2 more"]);
  });

  test("a driver that is not seen to take vectors any more is named", async () => {
    const tree = smallRepository(real!);
    edit(tree, "drivers/misc/implicit.c", "= pci_alloc", "= helper_alloc");
    const mbox = patchOf(tree, "1/1", "misc: implicit: Use a helper");
    const review = await onSmall(tree, mbox);
    expect(review.patches).toMatchObject([{ sound: true, ended: ["drivers/misc/implicit.c"] }]);
    expect(new Ajv().compile(schema)(review)).toBe(true);
    expect(reviewTable(review)).toContain("no longer seen to take vectors: drivers/misc/implicit.c\n");
    expect(reviewReply(review, readPosting(Buffer.from(mbox))).toString()).toContain(
      "Is it meant that no vectors are taken any more in",
    );
  });

  test("a driver that is renamed, and one that is copied, bring no hazard that the tree had not", async () => {
    const tree = smallRepository(real!);
    const [from, to] = ["drivers/net/full.c", "drivers/net/moved.c"];
    git(tree, "mv", from, to);
    edit(tree, to, "static int full_probe", "/* Moved. */\nstatic int full_probe");
    git(tree, "commit", "-qam", "net: full: Move");
    git(tree, "mv", to, "drivers/net/again.c");
    git(tree, "commit", "-qam", "net: full: Move again");
    const spec = { kind: "revision", repository: tree, revision: "HEAD~2" } as const;
    const range = readRange(tree, "HEAD~2", "HEAD");
    const moved = await reviewSeries(range, spec, { cache: false, jobs: 1 });
    const nothing = { applies: true, sound: true, introduced: [], removed: [] };
    expect(moved.patches).toMatchObject([nothing, nothing]);
    const copy = [
      `diff --git a/${from} b/${to}`,
      "similarity index 100%",
      `copy from ${from}`,
      `copy to ${to}`,
    ];
    git(tree, "reset", "-q", "--hard", "HEAD~2");
    const copied = await onSmall(tree, `Subject: [PATCH] net: Copy\n\n---\n${copy.join("\n")}\n`);
    const [patch] = copied.patches;
    expect(patch).toMatchObject({ applies: true, removed: [] });
    expect(new Set(patch!.introduced.map(({ driver }) => driver))).toEqual(new Set([to]));
  });

  test("a free that a patch takes away is a leak, with its witness, and a reply says so", async () => {
    const tree = smallRepository(real!);
    edit(tree, "drivers/net/explicit.c", "\tpci_free_irq_vectors(pdev);\n", "");
    const mbox = patchOf(tree, "1/1", "net: explicit: Do not free");
    const review = await onSmall(tree, mbox);
    const [patch] = review.patches;
    expect(patch).toMatchObject({ applies: true, sound: false });
    expect(patch!.introduced).toMatchObject([{ kind: "leaks-today", driver: "drivers/net/explicit.c" }]);
    expect(patch!.introduced[0]!.witness.length).toBeGreaterThan(0);
    expect(review.missed.map(({ file }) => file)).toEqual(["drivers/net/explicit.c"]);
    const reply = reviewReply(review, readPosting(Buffer.from(mbox))).toString();
    expect(reply).toContain("In-Reply-To: <1-1@example.org>");
    const unsent = readPosting(Buffer.from(mbox.replace(/^Message-Id:.*\n/m, "")));
    expect(reviewReply(review, unsent).toString()).not.toContain("In-Reply-To");
    expect(reply).toContain(`To: ${author}`);
    expect(reply).toContain("> -\tpci_free_irq_vectors(pdev);");
    expect(reply).toContain("leaks today");
  });

  describe("in a probe that leaks where leaky_first() fails", () => {
    const path = "drivers/net/leaky.c";
    const second = "\tret = leaky_second(pdev);\n\tif (ret)\n\t\treturn ret;\n";
    const call = "\tret = leaky_first(pdev);\n";
    const leaky = driver(
      "leaky",
      "pci_enable_device",
      [
        ...["ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);", "if (ret < 0)", "\treturn ret;"],
        ...["ret = leaky_first(pdev);", "if (ret)", "\treturn ret;"],
      ],
      ["pci_free_irq_vectors(pdev);"],
    );
    const reviewed = (text: string, edits: Readonly<Record<string, string>>) => {
      const tree = smallRepository(real!, { ...drivers, [path]: text });
      for (const [from, to] of Object.entries(edits)) edit(tree, path, from, to);
      return onSmall(tree, patchOf(tree, "1/1", "net: leaky: Change"));
    };
    const lineOf = (text: string, part: string) => text.slice(0, text.indexOf(part)).split("\n").length;

    test.each([
      ["above", second + call],
      ["below", `${call}\tif (ret)\n\t\treturn ret;\n${second.split("\n")[0]}\n`],
    ])("one more path that leaks %s it is found, and it alone", async (_, changed) => {
      const { patches, missed } = await reviewed(leaky, { [call]: changed });
      expect(patches[0]).toMatchObject({ applies: true, sound: false, removed: [] });
      const line = lineOf(leaky.replace(call, changed), "\tret = leaky_second");
      expect(patches[0]!.introduced.map((h) => [h.kind, h.file, h.line])).toEqual([
        ["leaks-today", path, line],
      ]);
      expect(missed).toMatchObject([
        { file: path, why: expect.stringMatching(/: probe fails at leaky_second$/) },
      ]);
    });

    test("one path less is found to be removed", async () => {
      const two = leaky.replace(call, second + call);
      const { patches, missed } = await reviewed(two, { [second + call]: call });
      expect(patches[0]).toMatchObject({ applies: true, sound: true, introduced: [] });
      expect(patches[0]!.removed.map((h) => [h.kind, h.line])).toEqual([
        ["leaks-today", lineOf(two, "\tret = leaky_second")],
      ]);
      expect(missed).toEqual([]);
    });

    test.each<[string, Record<string, string>]>([
      ["lines that move", { "\tint ret;\n": "\tint ret;\n\tint unused;\n\n\t/* Moved. */\n" }],
      ["another name of the call that fails", { "leaky_first(pdev)": "leaky_start(pdev, 0)" }],
      [
        "another name of probe",
        { "int leaky_probe(": "int leaky_pci_probe(", ".probe = leaky_probe": ".probe = leaky_pci_probe" },
      ],
    ])("%s: nothing is new", async (_, edits) => {
      const { patches, missed } = await reviewed(leaky, edits);
      expect(patches[0]).toMatchObject({ applies: true, sound: true, introduced: [], removed: [] });
      expect(missed).toEqual([]);
    });
  });

  test("a series is judged in the order of its numbers, whatever order its mails and replies come in", async () => {
    const tree = smallRepository(real!);
    edit(tree, "drivers/misc/implicit.c", "int ret;", "int ret = 0;");
    const first = patchOf(tree, "1/2", "misc: implicit: One");
    edit(tree, "drivers/misc/implicit.c", "int ret;", "int ret = 0;");
    commitAll(tree, "one");
    edit(tree, "drivers/misc/implicit.c", "int ret = 0;", "int ret = 1;");
    const second = patchOf(tree, "2/2", "misc: implicit: Two");
    git(tree, "reset", "-q", "--hard", "HEAD^");
    const reply = first.replace("[PATCH 1/2]", "Re: [PATCH 1/2]").replace("<1-2@", "<reply@");
    const cover = `From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: ${author}\nSubject: [PATCH 0/2] Both\nMessage-Id: <0@example.org>\n\nHello\n\n`;
    const { patches, absent } = await onSmall(tree, second + reply + cover + first);
    expect(patches.map(({ n, applies }) => [n, applies])).toEqual([
      [1, true],
      [2, true],
    ]);
    expect(absent).toEqual([]);
  });

  test("a patch that does not apply says where, and the next is judged without it", async () => {
    const tree = smallRepository(real!);
    edit(tree, "drivers/misc/implicit.c", "int ret;", "int ret = 0;");
    const bad = patchOf(tree, "1/2", "misc: implicit: Bad").replace("-\tint ret;", "-\tint other;");
    edit(tree, "drivers/misc/commented.c", "int ret;", "int ret = 0;");
    const good = patchOf(tree, "2/2", "misc: commented: Good");
    const { patches } = await onSmall(tree, bad + good);
    expect(patches[0]).toMatchObject({
      applies: false,
      sound: null,
      failure: { file: "drivers/misc/implicit.c", hunk: 1 },
    });
    expect(patches[1]).toMatchObject({ applies: true, sound: true });
  });

  test("a mail that is cut off within a hunk does not apply", async () => {
    const tree = smallRepository(real!);
    edit(tree, "drivers/misc/implicit.c", "int ret;", "int ret = 0;");
    const whole = patchOf(tree, "1/1", "misc: a");
    const cut = whole.slice(0, whole.indexOf("+\tint ret = 0;"));
    const { patches } = await onSmall(tree, cut);
    expect(patches[0]).toMatchObject({
      applies: false,
      failure: { file: "drivers/misc/implicit.c", hunk: 1, why: expect.stringContaining("cut off") },
    });
  });

  test("what a message claims and the core contradicts is said", async () => {
    const tree = smallRepository(real!);
    edit(tree, "drivers/misc/implicit.c", "int ret;", "int ret = 0;");
    const body = "pcim_enable_device() no longer automatically manages IRQ vectors via devres.";
    const { patches } = await onSmall(tree, patchOf(tree, "1/1", "misc: implicit: X", body));
    expect(patches[0]!.claims).toMatchObject([{ text: body, holds: false }]);
  });

  test("what a message says of other things than vectors is not judged", async () => {
    const tree = smallRepository(real!);
    edit(tree, "drivers/misc/implicit.c", "int ret;", "int ret = 0;");
    const body = [
      "Fix a double free of the ring buffer.",
      "Since the driver uses pcim_enable_device(), it no longer has to disable the device.",
      "As pcim_enable_device() was used, the driver no longer frees the MSI table's copy.",
      "This stops the core from clearing automatically the MSI state.",
    ].join("\n");
    const { patches } = await onSmall(tree, patchOf(tree, "1/1", "misc: implicit: X", body));
    expect(patches[0]!.claims).toEqual([]);
  });

  test("a range of commits is reviewed from git, and the work tree is not looked at", async () => {
    const tree = smallRepository(real!);
    edit(tree, "drivers/net/explicit.c", "\tpci_free_irq_vectors(pdev);\n", "");
    commitAll(tree, "net: explicit: Do not free");
    const { patches } = readRange(tree, "HEAD^", "HEAD");
    expect(patches.map(({ title }) => title)).toEqual(["net: explicit: Do not free"]);
    const before = git(tree, "status", "--porcelain");
    const args = ["review", "HEAD^..HEAD", tree, "--format", "json"];
    const { status, stdout } = await treewide(args);
    expect(status).toBe(1);
    const validate = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);
    validate(JSON.parse(stdout));
    expect(validate.errors ?? []).toEqual([]);
    expect(JSON.parse(stdout)).toMatchObject({
      schema: "treewide.review/1",
      patches: [{ n: 1, applies: true, sound: false, introduced: [{ kind: "leaks-today" }] }],
      missed: [{ driver: "drivers/net/explicit.c" }],
    });
    expect(git(tree, "status", "--porcelain")).toBe(before);
  });

  test("- is stdin", async () => {
    const tree = smallRepository(real!);
    edit(tree, "drivers/misc/implicit.c", "int ret;", "int ret = 0;");
    const input = patchOf(tree, "1/1", "misc: implicit: Set ret");
    const { status, stdout } = await treewide(["review", "-", tree], { input });
    expect({ status, last: stdout.trim().split("\n").at(-1) }).toEqual({
      status: 0,
      last: "No driver is left without an owner of its vectors.",
    });
  });

  test.each([
    ["", "no patch in 0 messages"],
    ["\0\u{1}\u{2} not mail at all", "no patch in 1 message"],
    ["From mboxrd@z\nSubject: [PATCH] cut", "no patch in 1 message"],
    ["From mboxrd@z\n\n\n\n--- a/x\n+++ b/x\n@@ -1,9", "no patch in 1 message"],
  ])("a broken mbox is an error: %j", async (text, why) => {
    const path = join(temporaryFolder(), "series.mbox");
    writeFileSync(path, text);
    expect(() => readPosting(path)).toThrow(why);
  });

  test.each([
    [["none.mbox"], "no such file or folder"],
    [["HEAD..nowhere"], `no commit "nowhere"`],
  ])("review %j is an error without a stack", async (args, why) => {
    const { status, stderr } = await treewide(["review", ...args, smallRepository(real!)]);
    expect(status).toBe(3);
    expect(stderr).toContain(why);
    expect(stderr).not.toContain("    at ");
  });
});

describe.each(["7.2", "7.3"])("the series of February 2026 on Linux %s", (version) => {
  const path = cachedTree(version);

  test.skipIf(!path)(
    "the leak window, the sticky flag and the missed drivers (needs the tree)",
    async () => {
      const { patches, missed } = await reviewSeries(readPosting(seedThread), {
        kind: "folder",
        path: path!,
      });
      const patch = (n: number) => patches.find((p) => p.n === n)!;
      // 1: from its conversion until the last patch, each converted driver has no release action.
      expect(patch(1).sound).toBe(false);
      expect(patch(1).introduced).toContainEqual(
        expect.objectContaining({ kind: "leaks-today", file: "drivers/pci/msi/api.c" }),
      );
      for (const n of [3, 25, 32]) {
        expect(patch(n).sound).toBe(false);
        expect(patch(n).introduced.map(({ kind }) => kind)).toContain("leaks-today");
      }
      // 2: the flag outlives the driver, and a failed allocation; re-enabling adds actions.
      expect(patch(37).introduced).toContainEqual(
        expect.objectContaining({ kind: "stale-managed-flag", file: "drivers/pci/msi/msi.c" }),
      );
      expect(patch(37).introduced).toContainEqual(
        expect.objectContaining({ kind: "freed-twice", file: "drivers/pci/msi/api.c" }),
      );
      // 3: those that allocate in other ways are missed.
      expect(missed.map(({ file }) => file)).toEqual(
        expect.arrayContaining([
          "drivers/ata/ahci.c",
          "drivers/ata/sata_mv.c",
          "sound/hda/controllers/intel.c",
        ]),
      );
      expect(missed.map(({ file }) => file)).not.toContain("drivers/dma/hisi_dma.c");
      // 4: a preparation says that the behaviour has changed already.
      expect(patch(3).claims).toContainEqual(expect.objectContaining({ holds: false }));
    },
    600_000,
  );
});

test.each([
  ["v7.2..my-branch", { from: "v7.2", to: "my-branch" }],
  ["main~3..a/b", { from: "main~3", to: "a/b" }],
  ["main..", { from: "main", to: "HEAD" }],
  ["../../series.mbox", undefined],
  ["out/../series.mbox", undefined],
  ["series.mbox", undefined],
])("%s: a range or a path", (text, range) => {
  expect(parseRange(text)).toEqual(range);
});

test("a range of three dots names what to say instead", () => {
  expect(() => parseRange("main...topic")).toThrow(/both sides/);
});

test("a range is read as it is, whatever its repository has configured", () => {
  const repository = writeTree({ "a.c": "int a;\n" }, temporaryFolder());
  git(repository, "init", "-q", "-b", "main");
  for (const [key, value] of Object.entries({
    "user.name": "T",
    "user.email": "t@example.org",
    "diff.noprefix": "true",
    "format.subjectPrefix": "RFC",
    "format.signOff": "true",
    "format.attach": "x",
  }))
    git(repository, "config", key, value);
  commitAll(repository, "first");
  writeFileSync(join(repository, "a.c"), "int b;\n");
  commitAll(repository, "second\n\nFrom here on it is b.");
  const { patches } = readRange(repository, "HEAD^", "HEAD");
  expect(patches.map(({ message, patch }) => [message.subject.text, patch.message])).toEqual([
    ["[PATCH] second", "From here on it is b."],
  ]);
  expect(patches[0]!.patch.files.map(({ newPath }) => newPath)).toEqual(["a.c"]);
});

test("an empty range is named", () => {
  const repository = writeTree({ "a.c": "int a;\n" }, temporaryFolder());
  git(repository, "init", "-q", "-b", "main");
  git(repository, "config", "user.name", "T");
  git(repository, "config", "user.email", "t@example.org");
  commitAll(repository, "first");
  expect(() => readRange(repository, "main", "HEAD")).toThrow(/no commit in this range/);
});

test("schema and program know the same hazards", () => {
  expect(schema.definitions.hazardKind.enum).toEqual([...hazardKinds]);
});
