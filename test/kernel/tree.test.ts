import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KnownError } from "../../src/base/errors.js";
import { openTree, requireCore, type Tree } from "../../src/kernel/tree.js";
import { kernelVersion } from "../../src/kernel/version.js";
import { commitAll, coreFiles, git, temporaryFolder, writeRepository, writeTree } from "./fixture.js";

const files = {
  ...coreFiles,
  "drivers/net/a.c": "a",
  "drivers/net/a.h": "h",
  "drivers/net/deep/b.c": "bb",
  "drivers/net-x/c.c": "ccc",
  "sound/d.c": "dddd",
};
const paths = (tree: Tree, folders: string[], endings: string[]) =>
  tree.list(folders, endings).map((file) => file.path);
const openFolder = (path: string) => openTree({ kind: "folder", path });

/** What holds for a tree wherever its bytes come from. */
describe.each([
  { kind: "folder", open: () => openFolder(writeTree(files)) },
  {
    kind: "revision",
    open: () => openTree({ kind: "revision", repository: writeRepository(files).folder, revision: "main" }),
  },
  {
    kind: "overlay on nothing but a Makefile",
    open: () => openTree({ kind: "folder", path: writeTree({ Makefile: "" }), overlay: files }),
  },
])("a tree in a $kind", ({ open }) => {
  test("knows its version", () => {
    expect(open().version).toBe("7.3.4-rc1");
  });

  test("lists the files with some endings below some folders, sorted, each once", () => {
    expect(paths(open(), ["sound", "drivers/net/", "drivers", "drivers"], [".c"])).toEqual([
      "drivers/net-x/c.c",
      "drivers/net/a.c",
      "drivers/net/deep/b.c",
      "drivers/pci/devres.c",
      "drivers/pci/msi/api.c",
      "drivers/pci/msi/msi.c",
      "sound/d.c",
    ]);
  });

  test("lists the whole tree as .", () => {
    expect(paths(open(), ["."], ["Makefile", ".h"])).toEqual(["Makefile", "drivers/net/a.h"]);
  });

  test("tells sizes", () => {
    expect(open().list(["sound"], [".c"])[0]).toMatchObject({ path: "sound/d.c", size: 4 });
  });

  test("reads files, one or many", () => {
    const tree = open();
    expect(tree.read("sound/d.c")?.toString()).toBe("dddd");
    expect(tree.read("sound/none.c")).toBeUndefined();
    expect(tree.read("sound/d.c/none")).toBeUndefined();
    const many = tree.readMany(["drivers/net/a.c", "none", "sound/d.c"]);
    expect([...many].map(([path, content]) => [path, content.toString()])).toEqual([
      ["drivers/net/a.c", "a"],
      ["sound/d.c", "dddd"],
    ]);
    expect(tree.problems).toEqual([]);
  });

  test("knows files and folders that exist", () => {
    const tree = open();
    expect(["sound/d.c", "sound", "sound/e.c"].map((path) => tree.exists(path))).toEqual([true, true, false]);
  });

  test("reads nothing above itself", () => {
    const tree = open();
    for (const path of ["../../../../../../etc/passwd", "/etc/passwd", "drivers/../../x", ""]) {
      expect(tree.read(path)).toBeUndefined();
      expect(tree.exists(path)).toBe(false);
    }
  });

  test("takes changes on top, and leaves itself as it was", () => {
    const tree = open();
    const changed = tree.withOverlay(
      new Map([
        ["sound/d.c", null],
        ["sound/e/new.c", "new"],
        ["drivers/net/a.c", "other"],
      ]),
    );
    expect(paths(changed, ["sound"], [".c"])).toEqual(["sound/e/new.c"]);
    expect(changed.read("drivers/net/a.c")?.toString()).toBe("other");
    expect(changed.read("sound/d.c")).toBeUndefined();
    expect(["sound/d.c", "sound/e"].map((path) => changed.exists(path))).toEqual([false, true]);
    expect(tree.read("sound/d.c")?.toString()).toBe("dddd");
    expect(openTree(structuredClone(changed.spec)).read("drivers/net/a.c")?.toString()).toBe("other");
  });

  test("gives a changed file another stamp, and the others the same", () => {
    const tree = open();
    const stamps = (of: Tree) =>
      new Map(of.list(["drivers/net"], [".c"]).map((file) => [file.path, file.stamp]));
    const before = stamps(tree);
    const after = stamps(tree.withOverlay(new Map([["drivers/net/a.c", "z"]])));
    expect(after.get("drivers/net/a.c")).not.toBe(before.get("drivers/net/a.c"));
    expect(after.get("drivers/net/deep/b.c")).toBe(before.get("drivers/net/deep/b.c"));
  });

  test("a folder that is not there is a problem, not an error", () => {
    const tree = open();
    expect(paths(tree, ["drivers/net", "virt"], [".h"])).toEqual(["drivers/net/a.h"]);
    expect(tree.problems).toEqual([{ path: "virt", why: "ENOENT" }]);
  });
});

describe.each(["folder", "revision"] as const)("links of a tree in a %s", (kind) => {
  function open(): Tree {
    const { folder } = writeRepository(coreFiles);
    const outside = writeTree({ "secret.c": "secret" });
    symlinkSync("devres.c", join(folder, "drivers/pci/link.c"));
    symlinkSync("pci", join(folder, "drivers/linked"));
    symlinkSync("loop.c", join(folder, "drivers/loop.c"));
    symlinkSync("..", join(folder, "drivers/pci/up"));
    symlinkSync("gone.c", join(folder, "drivers/dangling.c"));
    symlinkSync(join(outside, "secret.c"), join(folder, "drivers/secret.c"));
    symlinkSync(outside, join(folder, "drivers/outside"));
    commitAll(folder, "links");
    return kind === "folder" ? openFolder(folder) : openTree({ kind, repository: folder, revision: "HEAD" });
  }

  test("are not listed, and a loop ends", () => {
    expect(paths(open(), ["drivers"], [".c"])).toEqual([
      "drivers/pci/devres.c",
      "drivers/pci/msi/api.c",
      "drivers/pci/msi/msi.c",
    ]);
  });

  test("are read when they stay inside", () => {
    const tree = open();
    expect(tree.read("drivers/pci/link.c")?.toString()).toBe("int devres;\n");
    expect(tree.read("drivers/linked/devres.c")?.toString()).toBe("int devres;\n");
    expect(tree.problems).toEqual([]);
  });

  test.each(["drivers/secret.c", "drivers/outside/secret.c", "drivers/loop.c", "drivers/dangling.c"])(
    "%s is not read, and said",
    (path) => {
      const tree = open();
      expect(tree.read(path)).toBeUndefined();
      expect(tree.exists(path)).toBe(false);
      expect(tree.problems).toHaveLength(1);
    },
  );
});

describe("a folder", () => {
  test("gives another stamp to a file of the same size that was written in place", () => {
    const folder = writeTree(files);
    const stamp = () => openFolder(folder).list(["sound"], [".c"])[0]!.stamp;
    const before = stamp();
    writeFileSync(join(folder, "sound/d.c"), "DDDD");
    expect(stamp()).not.toBe(before);
  });

  test("has no commit when only a folder above is in git", () => {
    const { folder } = writeRepository({ README: "x" });
    expect(openFolder(writeTree(coreFiles, join(folder, "linux"))).commit).toBeNull();
  });

  test("has HEAD's commit when it is a checkout", () => {
    const { folder, commit } = writeRepository(coreFiles);
    expect(openFolder(folder).commit).toBe(commit);
  });

  test("does not wait for a named pipe", () => {
    const folder = writeTree(coreFiles);
    execFileSync("mkfifo", [join(folder, "drivers/pipe.c")]);
    const tree = openFolder(folder);
    expect(tree.read("drivers/pipe.c")).toBeUndefined();
    expect(tree.problems).toEqual([{ path: "drivers/pipe.c", why: "not a regular file" }]);
  });

  test("leaves out what it may not read, and says so", () => {
    const folder = writeTree(files);
    const closed = [join(folder, "sound"), join(folder, "drivers/net/a.c")];
    for (const path of closed) chmodSync(path, 0o000);
    chmodSync(folder, 0o755);
    const tree = asNobody(() => {
      const open = openFolder(folder);
      expect(paths(open, ["sound", "drivers/net-x"], [".c"])).toEqual(["drivers/net-x/c.c"]);
      expect(open.read("drivers/net/a.c")).toBeUndefined();
      return open;
    });
    for (const path of closed) chmodSync(path, 0o755);
    expect(tree.problems).toEqual([
      { path: "sound", why: "EACCES" },
      { path: "drivers/net/a.c", why: "EACCES" },
    ]);
  });
});

/** Root may read everything: gives that up for a while. */
function asNobody<T>(body: () => T): T {
  if (process.geteuid?.() !== 0) return body();
  process.seteuid!("nobody");
  try {
    return body();
  } finally {
    process.seteuid!(0);
  }
}

describe("a revision", () => {
  test("is what was committed, whatever the work tree holds", () => {
    const { folder, commit } = writeRepository(files);
    rmSync(join(folder, "sound"), { recursive: true });
    const tree = openTree({ kind: "revision", repository: folder, revision: "HEAD" });
    expect(tree.commit).toBe(commit);
    expect(tree.read("sound/d.c")?.toString()).toBe("dddd");
  });

  test("stays the commit that it was when its name moves on", () => {
    const { folder } = writeRepository(files);
    const tree = openTree({ kind: "revision", repository: folder, revision: "main" });
    writeFileSync(join(folder, "sound/d.c"), "later");
    commitAll(folder, "second");
    expect(tree.read("sound/d.c")?.toString()).toBe("dddd");
  });

  test("is read from a bare repository", () => {
    const { folder } = writeRepository(files);
    const bare = join(temporaryFolder(), "bare.git");
    git(folder, "clone", "-q", "--bare", folder, bare);
    expect(openTree({ kind: "revision", repository: bare, revision: "main" }).read("sound/d.c")?.length).toBe(
      4,
    );
  });

  test("gives files larger than a pipe holds, and many at once", () => {
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`big/${i}.c`, `${i}`.repeat(10_000)]),
    );
    const { folder } = writeRepository({ ...coreFiles, ...many });
    const tree = openTree({ kind: "revision", repository: folder, revision: "main" });
    const read = tree.readMany(Object.keys(many));
    expect(Object.fromEntries([...read].map(([path, content]) => [path, content.toString()]))).toEqual(many);
  });

  test.each([
    ["nowhere", 'no commit "nowhere"'],
    ["--help", 'no commit "--help"'],
  ])("%s that does not exist is an error that says so", (revision, message) => {
    const { folder } = writeRepository(files);
    expect(() => openTree({ kind: "revision", repository: folder, revision })).toThrow(message);
  });
});

describe("no kernel tree", () => {
  test("a repository without a checkout wants a revision", () => {
    const { folder } = writeRepository(coreFiles);
    const clones = temporaryFolder();
    git(clones, "clone", "-q", "--bare", folder, "bare.git");
    git(clones, "clone", "-q", "--no-checkout", folder, "empty");
    for (const name of ["bare.git", "empty"])
      expect(message(join(clones, name))).toMatch(/a git repository without a checkout.*--rev/);
  });

  const message = (path: string) => {
    try {
      openFolder(path);
    } catch (error) {
      if (error instanceof KnownError) return `${error.message} | ${error.hint} | ${error.exitCode}`;
    }
    return "";
  };

  test("an empty folder", () => {
    expect(message(temporaryFolder())).toMatch(/no Linux kernel tree.*treewide tree get.*\| 3$/);
  });

  test("a folder that is not there", () => {
    expect(message("/nowhere/at/all")).toContain("no such folder");
  });

  test("a file", () => {
    expect(message(join(writeTree(coreFiles), "Makefile"))).toContain("not a folder");
  });

  test("a folder inside a kernel tree names the tree", () => {
    const folder = writeTree({ ...coreFiles, MAINTAINERS: "", Kbuild: "" });
    expect(message(join(folder, "drivers/pci"))).toMatch(/no kernel tree starts here.*one starts at/);
  });

  test("a truncated tree opens, but has no core", () => {
    const folder = writeTree(coreFiles);
    rmSync(join(folder, "drivers/pci/msi"), { recursive: true });
    mkdirSync(join(folder, "drivers/pci/msi"));
    expect(() => requireCore(openFolder(folder))).toThrow(
      /drivers\/pci\/msi\/api\.c, drivers\/pci\/msi\/msi\.c/,
    );
    expect(() => requireCore(openFolder(writeTree(coreFiles)))).not.toThrow();
  });
});

test.each([
  ["VERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 0\nEXTRAVERSION =\n", "7.3.0"],
  ["VERSION = 7\nPATCHLEVEL = 4\nSUBLEVEL =\nEXTRAVERSION = -rc2\n", "7.4-rc2"],
  ["all:\n\tmake\n", null],
])("version of %j", (text, version) => {
  expect(kernelVersion(text)).toBe(version);
});
