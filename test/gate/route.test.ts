import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { KnownError } from "../../src/base/errors.js";
import { cacheFolder } from "../../src/base/files.js";
import { compose } from "../../src/gate/outbox.js";
import { DEFAULT_CAPS, planRecipients } from "../../src/gate/recipients.js";
import { buildsOn } from "../../src/gate/recipients-api.js";
import { Router, roleText } from "../../src/gate/route.js";
import { commitsOf, readCommit, signersOf } from "../../src/gate/route-git.js";
import { parsePatch, readPatches } from "../../src/gate/route-patch.js";
import { routeJson, routeText } from "../../src/gate/route-report.js";
import { peopleInFile } from "../../src/gate/route-yaml.js";
import { readMaintainers } from "../../src/kernel/maintainers.js";
import { seedThread } from "../data.js";
import { unusualSettings } from "../kernel/fixture.js";
import { canRun } from "../not-run.js";
import { addSeries, repository, temporaryFolder, write } from "./series.js";

function router(maintainers: string, files: Readonly<Record<string, string>> = {}): Router {
  const tree = temporaryFolder();
  write(tree, { MAINTAINERS: maintainers, ...files });
  return new Router(tree);
}
const addresses = (recipients: readonly { address: string }[]) => recipients.map(({ address }) => address);

test("roles: maintainers, reviewers, open and moderated lists; subscribers-only lists when asked for", () => {
  const route = router(
    "A\nM:\tM <m@x.y>\nR:\tR <r@x.y>\nL:\to@x.y\nL:\tq@x.y (moderated for non-subscribers)\nL:\ts@x.y (subscribers-only)\nF:\ta/\n",
  );
  expect(route.routeFiles(["a/b.c"]).map(({ address, role, section }) => [address, role, section])).toEqual([
    ["m@x.y", "maintainer", "A"],
    ["r@x.y", "reviewer", "A"],
    ["o@x.y", "open list", "A"],
    ["q@x.y", "moderated list", "A"],
  ]);
  expect(addresses(route.routeFiles(["a/b.c"], { subscriberLists: true }))).toContain("s@x.y");
});

test("one person with two names or two addresses is one recipient with all reasons", () => {
  const route = router(
    "A\nM:\tJo Doe <jo@x.y>\nF:\ta/\nB\nM:\tJo Doe <jo@work>\nF:\ta/\nC\nR:\tJoe <JO@x.y>\nF:\ta/\n",
  );
  const [jo, ...others] = route.routeFiles(["a/b.c"]);
  expect(others).toEqual([]);
  expect(jo).toMatchObject({ name: "Jo Doe", address: "jo@x.y", role: "maintainer", section: "A" });
  expect(jo!.reasons.map(({ section }) => section)).toEqual(["A", "B", "C"]);
});

test("a reason names the entry and the file, and the text explains with it", () => {
  const recipients = router("A\nM:\tM <m@x.y>\nF:\ta/\n").routeFiles(["a/b.c"]);
  expect(recipients[0]!.reasons[0]!.because).toBe("F: a/ (MAINTAINERS:3) matches a/b.c");
  expect(routeText([{ item: "a/b.c", recipients }], true)).toBe(
    "M <m@x.y> (maintainer:A)\n    maintainer:A, because F: a/ (MAINTAINERS:3) matches a/b.c\n",
  );
});

test("JSON is treewide.route/1", () => {
  const recipients = router("A\nM:\tM <m@x.y>\nF:\ta/\n").routeFiles(["a/b.c"]);
  expect(JSON.parse(routeJson([{ item: "a/b.c", recipients }]))).toMatchObject({
    schema: "treewide.route/1",
    items: [
      { item: "a/b.c", recipients: [{ name: "M", address: "m@x.y", role: "maintainer", section: "A" }] },
    ],
  });
});

test("entries without a valid address are left out and reported", () => {
  const route = router("A\nM:\tEve <eve>\nM:\tX <x@y\nR:\tOk <ok@x.y>\nL:\tlist\nF:\ta/\n");
  expect(addresses(route.routeFiles(["a/b.c"]))).toEqual(["ok@x.y"]);
  expect(route.problems.map(({ line }) => line)).toEqual([2, 3, 5]);
});

test("the author of the tree gets no patches", () => {
  const rest =
    "THE REST\nM:\tLinus Torvalds <torvalds@linux-foundation.org>\nL:\tall@x.y\nS:\tBuried alive in reporters\nF:\t*/\n";
  expect(addresses(router(rest).routeFiles(["a/b.c"]))).toEqual(["all@x.y"]);
});

test("section names of more than 50 characters are cut in text only", () => {
  const section = `${"A".repeat(46)} BCDEFG`;
  expect(roleText({ role: "maintainer", section })).toBe(`maintainer:${"A".repeat(46)}...`);
});

test("device tree bindings name people themselves", () => {
  expect(peopleInFile("maintainers:\n  - Jo Doe <jo@x.y>\n  - A. B. Cee <c@x.y>\n  - d@x.y\n")).toEqual([
    { name: "Jo Doe", address: "jo@x.y" },
    { name: "A. B. Cee", address: "c@x.y" },
    { name: "", address: "d@x.y" },
  ]);
  const route = router("A\nM:\tJo Doe <jo@x.y>\nF:\ta/\n", {
    "a/b.yaml": "  - Jo Doe <jo@x.y>\n  - K <k@x.y>\n",
  });
  expect(
    route.routeFiles(["a/b.yaml"]).map(({ address, reasons }) => [address, reasons.map(({ role }) => role)]),
  ).toEqual([
    ["jo@x.y", ["maintainer", "in file"]],
    ["k@x.y", ["in file"]],
  ]);
});

test.each([
  "+++ b/../../etc/passwd",
  "diff --git a/x/../../y b/z",
  "rename to /etc/passwd",
  '+++ "b/../secret"',
  '+++ "b/\\056\\056/secret"',
  'rename from "drivers/\\056./\\056./\\056./secret"',
  "diff --git a/a b/../c d b/a b/../c d",
])("a forged path is refused: %s", (line) => {
  const text = `From: E <e@x.y>\nSubject: s\n\n---\n--- a/a\n${line}\n@@ -1 +1 @@\n`;
  expect(() => parsePatch(text, "p.patch")).toThrow(/p\.patch:6: names .* outside the tree/);
});

test("lines of a hunk name no files, whatever they look like", () => {
  const text =
    "--- a/a.asn1\n+++ b/a.asn1\n@@ -1,2 +1,2 @@\n--- ../../a comment\n x\n+++ b/c\n--- a/d\n+++ b/d\n";
  expect(parsePatch(text, "p").files).toEqual(["a.asn1", "d"]);
});

test("names with blanks and unusual characters are read as git writes them", () => {
  const text =
    'diff --git a/a b.c b/a b.c\n--- a/a b.c\t\n+++ b/a b.c\t\ndiff --git "a/\\303\\244\\"" "b/\\303\\244\\""\n--- /dev/null\n+++ "b/\\303\\244\\""\n';
  expect(parsePatch(text, "p").files).toEqual(["a b.c", 'ä"']);
});

test("a subject's control characters do not reach the terminal", () => {
  const text = "Subject: =?utf-8?q?a=0Ab=1B[31m?=\n\n--- a/f\n+++ b/f\n";
  expect(parsePatch(text, "p").item).toBe("a\ufffdb\ufffd[31m");
});

test("a trailer may name several people", () => {
  const { trailers, nameless } = parsePatch('Subject: s\n\nCc: A <a@x.y>, "B, C" <b@x.y>\n---\n', "p");
  expect(trailers.map(({ address }) => address)).toEqual(["a@x.y", "b@x.y"]);
  expect(nameless).toEqual([]);
});

test("what is no patch is refused, with the way to route a file", () => {
  expect(() => readPatches("int main;\n", "main.c")).toThrow(KnownError);
});

test("trailers above --- name people; without an address they are kept for a warning", () => {
  const patch = parsePatch(
    "Subject: s\n\ntext\n\nCc: S <s@x.y> # 6.1+\nReported-by: R <r@x.y>\nSuggested-by: Nobody\n---\nCc: no@x.y\n\n--- a/f\n+++ b/f\n+Acked-by: no@x.y\n",
    "p",
  );
  expect(patch.trailers.map(({ key, address }) => [key, address])).toEqual([
    ["Cc", "s@x.y"],
    ["Reported-by", "r@x.y"],
  ]);
  expect(patch.nameless).toEqual(["Suggested-by: Nobody"]);
});

test("an encoded message is decoded, its subject too", () => {
  const [patch] = readPatches(
    "Subject: =?utf-8?q?F=C3=BCr?= =?utf-8?B?IGFsbGU=?=\nContent-Transfer-Encoding: quoted-printable\n\n--- a/f\n+++ b/dri=\nvers/x.c\n@@ -1 +1 @@\n+=3D\n",
    "p",
  );
  expect(patch).toMatchObject({
    item: "Für alle",
    files: ["drivers/x.c", "f"],
    diff: ["@@ -1 +1 @@", "+=", ""],
  });
});

test("a patch of 10 MB is routed", () => {
  const route = router("A\nM:\tM <m@x.y>\nF:\ta/\nB\nM:\tB <b@x.y>\nK:\t\\bneedle\\b\n");
  const big = `--- a/a/b.c\n+++ b/a/b.c\n${"+some line of code that is added here\n".repeat(270_000)}+needle\n`;
  expect(addresses(route.routePatch(readPatches(big, "big")[0]!))).toEqual(["m@x.y", "b@x.y"]);
});

test("commits of a range are routed, with the signers of what they fix", async () => {
  const repo = await repository();
  const broken = await repo.commit("alpha: Break\n\nSigned-off-by: Cause <cause@x.example>", {
    "drivers/alpha/a.c": "x\n",
  });
  await repo.commit(`alpha: Fix\n\nFixes: ${broken.slice(0, 12)} ("alpha: Break")`, {
    "drivers/alpha/a.c": "y\n",
  });
  const [fix] = commitsOf(repo.folder, "HEAD^..HEAD").map((commit) => readCommit(repo.folder, commit));
  expect(fix!.item).toBe("[PATCH] alpha: Fix");
  const signers = signersOf(repo.folder, fix!.fixes);
  expect(signers).toEqual([{ name: "Cause", address: "cause@x.example" }]);
  const recipients = new Router(repo.folder).routePatch(fix!, signers);
  expect(recipients.find(({ role }) => role === "fixes")).toMatchObject({
    address: "cause@x.example",
    section: "",
  });
});

test("a commit is read as it is, whatever its repository has configured", async () => {
  const repo = await repository();
  await repo.commit("alpha: Change\n\nCc: Änne <aenne@x.example>", { "drivers/alpha/a.c": "x\n" });
  await repo.git("mv", "drivers/beta/b.c", "drivers/beta/c.c");
  await repo.commit("beta: Rename", {});
  const facts = () => ["HEAD^", "HEAD"].map((commit) => readCommit(repo.folder, commit));
  const before = facts();
  expect(before.map(({ files }) => files)).toEqual([
    ["drivers/alpha/a.c"],
    ["drivers/beta/b.c", "drivers/beta/c.c"],
  ]);
  expect(before[1]!.diff).toEqual([]);
  for (const [key, value] of Object.entries(unusualSettings)) await repo.git("config", key, value);
  expect(facts()).toEqual(before);
});

test("an unknown range is refused", async () => {
  const repo = await repository();
  expect(() => commitsOf(repo.folder, "no..where")).toThrow(/neither a file nor a range/);
  expect(() => commitsOf(repo.folder, "base...HEAD")).toThrow("commits of both sides");
});

const TREE = cacheFolder("trees", "linux-source-7.3");

const what = "the series of February 2026";

describe.runIf(canRun(what, seedThread, TREE))(what, () => {
  const messages = readFileSync(seedThread, "utf8")
    .split(/^(?=From mboxrd@z)/m)
    .filter((message) => /^diff --git/m.test(message));
  const patches = messages.map((message) => readPatches(message, seedThread)[0]!);
  const routed = () => {
    const router = new Router(TREE);
    const own = patches.map((patch) => router.routePatch(patch));
    const uses = buildsOn(patches);
    return planRecipients(
      own.map((recipients, index) => ({
        routed: recipients,
        others: router.routeFiles(uses[index]!),
      })),
      { policy: "bookends", cover: false, cc: [], self: [], mailmap: (person) => person, caps: DEFAULT_CAPS },
    ).map(({ to, cc }) => new Set(addresses([...to, ...cc])));
  };
  /** Everybody in a section with a pattern for one of the files, or for the core that the series changes. */
  const listedFor = (files: readonly string[]) =>
    readMaintainers(TREE)
      .sections.filter(({ entries }) =>
        entries.some(({ key, value }) => {
          const start = value.replace(/\*.*$/, "");
          return (
            key === "F" && start && [...files, "drivers/pci/msi/api.c"].some((file) => file.startsWith(start))
          );
        }),
      )
      .flatMap(({ entries }) => entries.flatMap(({ value }) => value.match(/[^\s<>]+@[^\s<>]+/g) ?? []));

  test("the route has everybody whom its author wrote to and whom MAINTAINERS lists", () => {
    const plan = routed();
    const drivers = patches.flatMap((patch, index) => (patch.item.includes("PCI/MSI") ? [] : [index]));
    expect(drivers).toHaveLength(4);
    for (const index of drivers) {
      const head = messages[index]!.slice(0, messages[index]!.indexOf("\n\n")).replace(/\n[ \t]+/g, " ");
      const written = /^To: .*$/m.exec(head)![0] + /^Cc: .*$/m.exec(head)![0];
      const listed = new Set(listedFor(patches[index]!.files));
      const expected = written.match(/[^\s<>,]+@[^\s<>,]+/g)!.filter((address) => listed.has(address));
      expect(expected).toContain("linux-pci@vger.kernel.org");
      expect(
        expected.filter((address) => !plan[index]!.has(address)),
        patches[index]!.item,
      ).toEqual([]);
    }
  });
});

test("bookends: whoever maintains a new function gets the patches that call it, as in February 2026", async () => {
  const repo = await repository();
  await addSeries(repo);
  const { messages } = compose({
    repository: repo.folder,
    tree: repo.folder,
    range: "base..HEAD",
    sender: { name: "S", address: "soeren@sender.example" },
    policy: "bookends",
    cc: [],
    cover: "Title\n\nText",
  });
  const got = messages.map(({ to, cc }) => addresses([...to, ...cc]));
  expect(got[2]).toContain("pci@lists.example");
  expect(got[3]).not.toContain("pci@lists.example");
});

test("a patch that is attached, or stands in one of several parts, is read", () => {
  const diff =
    "diff --git a/drivers/alpha/a.c b/drivers/alpha/a.c\n--- a/drivers/alpha/a.c\n+++ b/drivers/alpha/a.c\n@@ -1 +1 @@\n-1\n+2\n";
  const part = (type: string, text: string) =>
    `--BB\nContent-Type: ${type}\nContent-Transfer-Encoding: base64\n\n${Buffer.from(text).toString("base64")}\n`;
  const mail = [
    'Subject: [PATCH] alpha: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="BB"\n\n',
    part("text/plain; charset=iso-8859-1", "Because.\n\nCc: Ann <ann@x.y>\n---\n"),
    part("text/x-patch", diff),
    "--BB--\n",
  ].join("");
  expect(readPatches(mail, "m")).toMatchObject([
    { item: "[PATCH] alpha: x", files: ["drivers/alpha/a.c"], trailers: [{ address: "ann@x.y" }] },
  ]);
});
