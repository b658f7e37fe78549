/** Generating a series, on a small tree with a real core. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { KnownError } from "../../src/base/errors.js";
import { type WriteOptions, writeSeries } from "../../src/series/write.js";
import { treewide } from "../cli/treewide.js";
import { git, temporaryFolder } from "../kernel/fixture.js";
import { cachedTree, driver, drivers, sharing, smallRepository, smallTree } from "./small-tree.js";

const real = cachedTree("7.3");
/** Each generates a series or two, which takes seconds; more on a machine with other work. */
vi.setConfig({ testTimeout: 600_000 });
const author = "A U Thor <author@example.org>";

const nothing: WriteOptions = {
  output: undefined,
  branch: undefined,
  plan: false,
  stage: undefined,
  group: "driver",
  signedOffBy: author,
  checked: undefined,
  previous: [],
  cache: false,
  jobs: 1,
};
const series = (tree: string, options: Partial<WriteOptions>) =>
  writeSeries(tree, { ...nothing, ...options });

/** All that a run must leave as it was. */
const stateOf = (repository: string) => [
  git(repository, "status", "--porcelain"),
  git(repository, "for-each-ref"),
  git(repository, "rev-parse", "HEAD"),
];

test("a file in the place of the patches' folder, or above it, is refused before the work begins", async () => {
  const file = join(temporaryFolder(), "t.json");
  writeFileSync(file, "");
  for (const output of [file, join(file, "below")]) {
    const refused = series(temporaryFolder(), { output });
    await expect(refused).rejects.toThrow(KnownError);
    await expect(refused).rejects.toThrow(/not a folder/);
  }
});

describe.skipIf(!real)("with Linux 7.3's core (`treewide tree get 7.3` brings it)", () => {
  test("the series applies, ends every reliance, and has nothing left to do on its result", async () => {
    const tree = smallRepository(real!);
    const before = stateOf(tree);
    const output = join(temporaryFolder(), "out");
    expect(await series(tree, { output })).toEqual({ text: `${output}: 7 files\n`, left: 0 });
    expect(stateOf(tree)).toEqual(before);
    const patches = readdirSync(output).filter((name) => !name.startsWith("0000"));
    expect(patches.map((name) => name.replace(/^\d+-|\.patch$/g, ""))).toEqual([
      "PCI-MSI-Add-managed-pcim_alloc_irq_vectors",
      "misc-commented-Use-pcim_alloc_irq_vectors",
      "misc-implicit-Use-pcim_alloc_irq_vectors",
      "net-msi-Use-pcim_alloc_irq_vectors",
      "net-partial-Use-pcim_alloc_irq_vectors",
      "PCI-MSI-Do-not-free-IRQ-vectors-automatically-after-",
    ]);
    git(tree, "am", "-q", ...patches.map((name) => join(output, name)));
    const audit = JSON.parse((await treewide(["audit", tree, "--format", "json"])).stdout);
    const classes = Object.fromEntries(
      audit.drivers.map((d: { driver: string; class: string }) => [d.driver.split("/").at(-1), d.class]),
    );
    expect(classes).toEqual({
      "commented.c": "managed",
      "implicit.c": "managed",
      "msi.c": "managed",
      "partial.c": "managed",
      "full.c": "hybrid-full",
      "explicit.c": "explicit",
    });
    expect(audit.summary.hazards["leaks-after-core-change"]).toBe(0);
    expect(audit.summary.hazards["leaks-today"]).toBe(0);
    expect(await series(tree, { plan: true })).toEqual({ text: "The tree needs no patch.\n", left: 0 });
  });

  test("each patch changes the lines that it has to, and no others", async () => {
    const output = join(temporaryFolder(), "out");
    await series(smallTree(real!), { output });
    const changed = (part: string) => {
      const name = readdirSync(output).find((file) => file.includes(part))!;
      const [, diff] = readFileSync(join(output, name), "utf8").split("\ndiff --git ");
      return diff!.split("\n").filter((line) => /^[-+](?![-+])/.test(line));
    };
    expect(changed("misc-implicit")).toEqual([
      "-\tret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);",
      "+\tret = pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);",
    ]);
    expect(changed("misc-commented")).toEqual([
      "-\t/* Freed by pcim_release(). */",
      "-\tret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);",
      "+\tret = pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);",
    ]);
    expect(changed("net-msi")).toEqual([
      "-\tret = pci_enable_msi(pdev);",
      "-\tif (ret)",
      "+\tret = pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSI);",
      "+\tif (ret < 0)",
    ]);
    expect(changed("net-partial")).toEqual([
      "-\tret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);",
      "+\tret = pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);",
      "-\tpci_free_irq_vectors(pdev);",
    ]);
  });

  test("a free under a live handler is ended and said, or named where it stays", async () => {
    const probe = (end: readonly string[]) => [
      "ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);",
      "if (ret < 0)",
      "\treturn ret;",
      'ret = devm_request_irq(&pdev->dev, pci_irq_vector(pdev, 0), isr, 0, "handler", pdev);',
      "if (ret)",
      "\tgoto free;",
      ...end,
    ];
    const tree = smallTree(real!, {
      "drivers/net/ends.c": driver(
        "ends",
        "pcim_enable_device",
        probe([
          "ret = ends_start(pdev);",
          "if (ret)",
          "\tgoto free;",
          "return 0;",
          "free:",
          "pci_free_irq_vectors(pdev);",
          "return ret;",
        ]),
      ),
      "drivers/net/stays.c": driver(
        "stays",
        "pcim_enable_device",
        probe(["return 0;", "free:", "pci_free_irq_vectors(pdev);", "return ret;"]),
        ["pci_free_irq_vectors(pdev);"],
      ),
    });
    const output = join(temporaryFolder(), "out");
    await series(tree, { output });
    const read = (part: string) =>
      readFileSync(join(output, readdirSync(output).find((name) => name.includes(part))!), "utf8").replace(
        /\s+/g,
        " ",
      );
    expect(read("net-ends")).toContain(
      "This also ends a free under a live handler: ends_probe() could free the vectors while the handler that ends_probe() requested with devm_request_irq() still stood; devres frees the handler first.",
    );
    expect(read("0000-cover")).toMatch(
      /no longer with this series: drivers\/net\/ends\.c:\d+ ends_probe\(\) under the handler that ends_probe\(\) requested with devm_request_irq\(\) net: ends: Use/,
    );
    expect(read("0000-cover")).toMatch(
      /leaves as they are: drivers\/net\/stays\.c:\d+ stays_remove\(\) under the handler that stays_probe\(\) requested/,
    );
  });

  test("odd code is converted as it stands, or left and said", async () => {
    const call = "pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX)";
    const tree = smallRepository(real!, {
      "drivers/odd/argument.c": driver("argument", "pcim_enable_device", [
        `if (unlikely(${call} < 0))`,
        "\treturn -ENODEV;",
      ]),
      "drivers/odd/crlf.c": driver("crlf", "pcim_enable_device", [
        `ret = ${call};`,
        "if (ret < 0)",
        "\treturn ret;",
      ]).replaceAll("\n", "\r\n"),
      "drivers/odd/pair.c": driver("pair", "pcim_enable_device", [
        "#ifdef CONFIG_ODD",
        `ret = ${call};`,
        "#else",
        "ret = pci_alloc_irq_vectors(pdev, /* least */ 1,",
        "\t\t\t    4, PCI_IRQ_MSI);",
        "#endif",
        "if (ret < 0)",
        "\treturn ret;",
      ]).replaceAll("\t#", "#"),
      "drivers/odd/macro.c": `#define odd_alloc(p) pci_alloc_irq_vectors(p, 1, 1, PCI_IRQ_MSIX)\n${driver("macro", "pcim_enable_device", ["ret = odd_alloc(pdev);", "if (ret < 0)", "\treturn ret;"])}`,
    });
    const output = join(temporaryFolder(), "out");
    const { text } = await series(tree, { output });
    expect(text).toMatch(
      /drivers\/odd\/macro\.c:\d+\n {4}pci_alloc_irq_vectors\(\): the call comes out of a macro/,
    );
    const patches = readdirSync(output).filter((name) => /-odd-/.test(name));
    expect(patches).toHaveLength(3);
    git(
      tree,
      "am",
      "-q",
      "--keep-cr",
      ...readdirSync(output)
        .filter((n) => !n.startsWith("0000"))
        .map((n) => join(output, n)),
    );
    const read = (name: string) => readFileSync(join(tree, "drivers/odd", name), "latin1");
    expect(read("argument.c")).toContain(
      "if (unlikely(pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX) < 0))",
    );
    expect(read("crlf.c")).toContain("\tret = pcim_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);\r\n");
    expect(read("crlf.c").replaceAll("\r\n", "")).not.toContain("\n");
    expect(read("pair.c")).toContain(
      "pcim_alloc_irq_vectors(pdev, /* least */ 1,\n\t\t\t\t     4, PCI_IRQ_MSI);",
    );
  });

  test("--branch commits what --output writes, beside the user's branch", async () => {
    const tree = smallRepository(real!);
    const [status, , head] = stateOf(tree);
    const { text } = await series(tree, { branch: "irq", signedOffBy: undefined });
    expect(text).toMatch(/^irq: 6 commits on [0-9a-f]{12}/);
    expect(git(tree, "log", "--format=%s", "main..irq").split("\n")).toHaveLength(6);
    expect(git(tree, "log", "--format=%an <%ae>", "-1", "irq")).toBe("T <t@example.org>");
    expect(git(tree, "log", "--format=%b", "main..irq")).not.toContain("Signed-off-by");
    expect(stateOf(tree)[0]).toBe(status);
    expect(stateOf(tree)[2]).toBe(head);
  });

  test("the stages hold the whole series, each patch once", async () => {
    const tree = smallTree(real!);
    const folder = temporaryFolder();
    for (const stage of [1, 2, 3]) await series(tree, { stage, output: join(folder, `${stage}`) });
    const titles = (path: string): string[] =>
      readdirSync(join(folder, path), { withFileTypes: true })
        .flatMap((entry) => (entry.isDirectory() ? titles(join(path, entry.name)) : [entry.name]))
        .filter((name) => !name.startsWith("0000"))
        .map((name) => name.replace(/^\d+-|\.patch$/g, ""));
    expect(titles("1")).toEqual(["PCI-MSI-Add-managed-pcim_alloc_irq_vectors"]);
    expect(titles("2")).toHaveLength(3);
    expect(titles("3")).toHaveLength(2);
    expect(titles("3").at(-1)).toMatch(/^PCI-MSI-Do-not-free/);
    const letter = (path: string) =>
      readFileSync(join(folder, path, "0000-cover-letter.patch"), "utf8").replace(/\s+/g, " ");
    expect(letter("2/drivers-net")).toMatch(/Subject: \[PATCH 0\/2\] net: Make the owner/);
    expect(letter("2/drivers-net")).toContain("This is drivers/net's part of the second of three stages.");
    expect(letter("2/drivers-net")).not.toMatch(/The first patch adds|The last patch ends|drivers\/misc/);
    expect(letter("3")).toContain("This is the last of three stages");
    expect(letter("3")).toContain("The first patch converts the example; the last one ends the side effect.");
  });

  test("the plan says whose tree takes all of a batch", async () => {
    const probe = ["ret = pci_alloc_irq_vectors(pdev, 1, 1, PCI_IRQ_MSIX);", "if (ret < 0)", "\treturn ret;"];
    const paths = [
      "drivers/ata/easy.c", // goes with the core change
      ...["drivers/crypto/inside-secure/a.c", "drivers/crypto/marvell/octeontx2/b.c"],
      ...["drivers/net/wireless/ath/ath9k/c.c", "drivers/net/wireless/quantenna/qtnfmac/d.c"],
    ];
    const tree = smallTree(
      real!,
      Object.fromEntries(paths.map((path, i) => [path, driver(`d${i}`, "pcim_enable_device", probe)])),
    );
    const { text } = await series(tree, { plan: true });
    expect(text).toMatch(/drivers\/pci: 1 patch, taken by PCI SUBSYSTEM \(git /);
    expect(text).toMatch(/drivers\/crypto: 2 patches, taken by CRYPTO API \(git /);
    // No section takes both.
    expect(text).toMatch(
      /drivers\/net\/wireless: 2 patches, taken by QUALCOMM ATHEROS ATH9K .*, QUANTENNA QTNFMAC/,
    );
    expect(text).not.toContain("THE REST");
  });

  test("a tree that needs no patch gets no branch, and that is said", async () => {
    const tree = smallRepository(real!, { "drivers/net/explicit.c": drivers["drivers/net/explicit.c"]! });
    await series(tree, { branch: "irq" });
    git(tree, "checkout", "-q", "irq");
    const { text } = await series(tree, { branch: "again" });
    expect(text).toBe("no patch to write: the tree needs none\n");
    expect(git(tree, "branch", "--format=%(refname:short)").split("\n")).toEqual(["irq", "main"]);
  });

  test("a later stage is no branch of a tree that lacks an earlier one", async () => {
    const tree = smallRepository(real!);
    const before = stateOf(tree);
    await expect(series(tree, { stage: 2, branch: "irq" })).rejects.toThrow(
      "stage 2 builds on stage 1, which this tree does not have: PCI/MSI: Add managed",
    );
    expect(stateOf(tree)).toEqual(before);
  });

  test("--group subsystem makes one patch for each", async () => {
    const { text } = await series(smallTree(real!), { group: "subsystem", plan: true });
    expect(text).toContain("drivers/net: 1 patch,");
    expect(text).toContain("    net: Use pcim_alloc_irq_vectors()");
  });

  test("--hybrid managed converts those who free on every path, explicit leaves those who free on some", async () => {
    const managed = await series(smallTree(real!), { hybrid: "managed", plan: true });
    expect(managed.text).toContain("net: full: Use pcim_alloc_irq_vectors()");
    const explicit = await series(smallTree(real!), { hybrid: "explicit", plan: true });
    expect(explicit.left).toBe(1);
    expect(explicit.text).not.toContain("net: partial:");
    expect(explicit.text).toMatch(
      /drivers\/net\/partial\.c:10\n {4}to stay the owner, it has to free its vectors on 1 more path: probe fails/,
    );
  });

  test("an allocation shared with an unmanaged driver is left and said, and holds the core change up", async () => {
    const tree = smallTree(real!, { ...drivers, ...sharing });
    const { text, left } = await series(tree, { plan: true });
    expect(left).toBe(1);
    expect(text).not.toContain("shared: ");
    expect(text).not.toContain("Do not free IRQ vectors automatically");
    expect(text).toContain("Stage 3 is held up by 1 file that a person has to look at:");
    expect(text).toMatch(/drivers\/shared\/lib\.c:5\n.*shared with plain_driver/);
  });

  test("what frees on every path and cannot be converted stays, and nothing waits for it", async () => {
    const explicitOwner = driver(
      "managed",
      "pcim_enable_device",
      ["ret = shared_alloc(pdev);", "if (ret < 0)", "\treturn ret;"],
      ["pci_free_irq_vectors(pdev);"],
    );
    const tree = smallTree(real!, { ...sharing, "drivers/shared/managed.c": explicitOwner });
    const { text, left } = await series(tree, { plan: true, hybrid: "managed" });
    expect(left).toBe(0);
    expect(text).toContain("Do not free IRQ vectors automatically");
    expect(text).toMatch(/drivers\/shared\/lib\.c:5: stays as it is, it frees on every path: .*plain_driver/);
  });

  test("a person's decision lets the core change through, with its reason in the cover letter", async () => {
    const tree = smallTree(real!, { ...drivers, ...sharing });
    const folder = temporaryFolder();
    const list = join(folder, "checked");
    writeFileSync(
      list,
      "# ours\ndrivers/shared/lib.c: the managed one is never built\ndrivers/net/msi.c: no\n",
    );
    const output = join(folder, "out");
    const { text, left } = await series(tree, { output, checked: list });
    expect(left).toBe(0);
    expect(text).toContain("drivers/net/msi.c needs no check");
    expect(readdirSync(output).at(-1)).toContain("Do-not-free");
    const cover = readFileSync(join(output, "0000-cover-letter.patch"), "utf8");
    expect(cover).toContain("drivers/shared/lib.c:5\n    the managed one is never built");
  });

  test.each([
    ["drivers/x.c\n", "not a file and a reason"],
    [undefined, "cannot be read"],
  ])("a list of checked drivers that is %j is refused", async (text, why) => {
    const list = join(temporaryFolder(), "checked");
    if (text !== undefined) writeFileSync(list, text);
    await expect(series(smallTree(real!), { plan: true, checked: list })).rejects.toThrow(why);
  });

  test("a dirty tree is refused", async () => {
    const tree = smallRepository(real!);
    writeFileSync(join(tree, "drivers/misc/implicit.c"), "/* mine */\n");
    const before = stateOf(tree);
    await expect(series(tree, { branch: "irq" })).rejects.toThrow(
      "uncommitted changes in drivers/misc/implicit.c",
    );
    expect(stateOf(tree)).toEqual(before);
    expect(readFileSync(join(tree, "drivers/misc/implicit.c"), "utf8")).toBe("/* mine */\n");
  });

  test("a branch that exists is refused, and stays", async () => {
    const tree = smallRepository(real!);
    git(tree, "branch", "irq");
    const before = stateOf(tree);
    await expect(series(tree, { branch: "irq" })).rejects.toThrow("the branch irq exists already");
    expect(stateOf(tree)).toEqual(before);
  });

  test.each(["-x", "HEAD", "a..b"])("the branch name %s is refused", async (branch) => {
    const tree = smallRepository(real!);
    await expect(series(tree, { branch })).rejects.toThrow(/no name for a branch/);
  });

  test("a branch that cannot be beside another is refused before the audit", async () => {
    const tree = smallRepository(real!);
    git(tree, "branch", "irq");
    await expect(series(tree, { branch: "irq/vectors" })).rejects.toThrow(/beside the branch irq/);
  });

  test("what a person has configured for git's patches does not show: nobody is signed for", async () => {
    const config = join(temporaryFolder(), "config");
    writeFileSync(config, "[format]\n\tsignOff = true\n\tsuffix = .txt\n[diff]\n\tnoprefix = true\n");
    vi.stubEnv("GIT_CONFIG_GLOBAL", config);
    const output = join(temporaryFolder(), "out");
    try {
      await series(smallRepository(real!), { output, signedOffBy: undefined });
    } finally {
      vi.unstubAllEnvs();
    }
    const names = readdirSync(output);
    expect(names.filter((name) => !name.endsWith(".patch"))).toEqual([]);
    const texts = names.map((name) => readFileSync(join(output, name), "utf8"));
    expect(texts.filter((text) => text.includes("Signed-off-by"))).toEqual([]);
    expect(texts[1]).toContain("\n+++ b/");
  });

  test("a folder that is not empty is refused, and stays", async () => {
    const output = temporaryFolder();
    writeFileSync(join(output, "0001-mine.patch"), "mine");
    await expect(series(smallTree(real!), { output })).rejects.toThrow("not empty");
    expect(readdirSync(output)).toEqual(["0001-mine.patch"]);
  });

  test("without a git identity nothing is committed in anybody's name", async () => {
    const tree = smallRepository(real!);
    git(tree, "config", "--unset", "user.name");
    git(tree, "config", "--unset", "user.email");
    const { status, stderr } = await treewide(["series", tree, "--branch", "irq"], { env: nobody });
    expect(status).toBe(3);
    expect(stderr).toContain("git does not know who you are");
    expect(git(tree, "branch", "--format=%(refname:short)")).toBe("main");
  });

  test("--branch on a tree without git makes a repository elsewhere, once", async () => {
    const tree = smallTree(real!);
    const files = readdirSync(tree);
    const first = await series(tree, { branch: "irq" });
    const [, repository] = / in (.*\.git)\n/.exec(first.text)!;
    onTestFinished(() => rmSync(repository!, { recursive: true }));
    expect(readdirSync(tree)).toEqual(files);
    expect(git(repository!, "log", "--format=%s", "irq").split("\n")).toHaveLength(7);
    expect(git(repository!, "log", "-1", "--format=%s", "base")).toMatch(/^Linux 7\.3/);
    await expect(series(tree, { branch: "irq" })).rejects.toThrow("the branch irq exists already");
    const base = git(repository!, "rev-parse", "base");
    await series(tree, { branch: "again" });
    // Not of the two branches: begun in the same second, their commits are the same.
    expect(git(repository!, "merge-base", "base", "again")).toBe(base);
  });

  test("a core that the patches do not fit is named", async () => {
    const tree = smallTree(real!);
    const path = join(tree, "drivers/pci/msi/msi.c");
    writeFileSync(path, readFileSync(path, "utf8").replaceAll("pcim_setup_msi_release", "setup_release"));
    await expect(series(tree, { plan: true })).rejects.toThrow(
      "drivers/pci/msi/msi.c: a single definition of pcim_setup_msi_release()",
    );
  });

  test("a place that cannot be written leaves nothing behind", async () => {
    await expect(series(smallTree(real!), { output: "/proc/x/y" })).rejects.toThrow("/proc/x/y");
    expect(existsSync("/proc/x")).toBe(false);
  });

  test.skipIf(process.getuid?.() !== 0)(
    "a full disk leaves nothing behind (as root: it mounts one)",
    async () => {
      const disk = temporaryFolder();
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=16k", "none", disk]);
      try {
        await expect(series(smallTree(real!), { output: join(disk, "out") })).rejects.toThrow(KnownError);
        expect(readdirSync(disk)).toEqual([]);
      } finally {
        execFileSync("umount", [disk]);
      }
    },
  );

  test("an interrupt ends it, without a branch", async () => {
    const tree = smallRepository(real!);
    const before = stateOf(tree);
    const stop = new AbortController();
    const progress = ({ task }: { task: string }) => task.startsWith("converting") && stop.abort();
    const run = series(tree, { branch: "irq", progress, signal: stop.signal });
    await expect(run).rejects.toThrow("abort");
    expect(stateOf(tree)).toEqual(before);
  });
});

/** An environment in which git knows nobody. */
const nobody = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_COMMITTER_NAME: undefined,
  GIT_COMMITTER_EMAIL: undefined,
  GIT_AUTHOR_NAME: undefined,
  GIT_AUTHOR_EMAIL: undefined,
  EMAIL: undefined,
};

test.each([
  [[], "nothing to do"],
  [["--plan", "--stage", "4"], "Allowed choices are 1, 2, 3"],
  [["--plan", "--jobs", "0"], "a whole number from 1"],
  [["--plan", "--signed-off-by", "me"], "no person"],
])("series %j is wrong usage", async (args, why) => {
  const { status, stderr } = await treewide(["series", "/", ...args]);
  expect(status).toBe(2);
  expect(stderr).toContain(why);
});
