import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { cacheFolder } from "../../src/base/files.js";
import { getTree, listTrees } from "../../src/kernel/trees.js";
import { coreFiles, temporaryFolder, writeTree } from "./fixture.js";
import { makeKey, startMirror } from "./mirror.js";

beforeEach(() => {
  const before = process.env.TREEWIDE_CACHE;
  process.env.TREEWIDE_CACHE = temporaryFolder();
  return () => {
    if (before === undefined) delete process.env.TREEWIDE_CACHE;
    else process.env.TREEWIDE_CACHE = before;
  };
});

/** What lies in the folder of trees. */
const left = () => (existsSync(cacheFolder("trees")) ? readdirSync(cacheFolder("trees")).sort() : []);
const whole = ["linux-source-7.3", "linux-source-7.3.json"];

test("a tree is fetched, recorded, and there the next time without asking anybody", async () => {
  const mirror = await startMirror("7.3", coreFiles);
  const folder = await getTree("7.3", { mirror });
  expect(folder).toBe(cacheFolder("trees", "linux-source-7.3"));
  expect(readFileSync(join(folder, "drivers/pci/msi/msi.c"), "utf8")).toBe("int msi;\n");
  expect(left()).toEqual(whole);
  expect(listTrees()).toMatchObject([
    { folder, tree: { package: "linux-source-7.3", packageVersion: "7.3.4-1~test+1", kernel: "7.3.4-rc1" } },
  ]);
  const asked = mirror.requests.length;
  expect(await getTree("7.3", { mirror })).toBe(folder);
  expect(mirror.requests).toHaveLength(asked);
});

test("a version that is in another suite than ours was known to be in is found", async () => {
  const mirror = await startMirror("8.1", coreFiles);
  expect(await getTree("8.1", { mirror })).toBe(cacheFolder("trees", "linux-source-8.1"));
});

test("a version that Debian has not is an error that names those it has", async () => {
  const mirror = await startMirror("8.1", coreFiles);
  await expect(getTree("7.3", { mirror })).rejects.toMatchObject({
    message: "Debian has no package linux-source-7.3",
    hint: "it has 8.1",
    exitCode: 3,
  });
  expect(left()).toEqual([]);
});

test.each(["7", "7.3.4", "v7.3", "../7.3", "latest"])(
  "%s is no version of a package: exit code 2",
  async (version) => {
    await expect(getTree(version)).rejects.toMatchObject({ exitCode: 2 });
  },
);

test("a package that is not what was signed is refused, and nothing stays", async () => {
  const mirror = await startMirror("7.3", coreFiles);
  const bytes = readFileSync(mirror.archive);
  bytes[bytes.length - 10]! ^= 1;
  writeFileSync(mirror.archive, bytes);
  await expect(getTree("7.3", { mirror })).rejects.toThrow(/signature does not fit/);
  expect(left()).toEqual([]);
});

test("an archive signed by another key is refused", async () => {
  const mirror = await startMirror("7.3", coreFiles);
  const { keyring } = makeKey();
  await expect(getTree("7.3", { mirror: { ...mirror, keyring } })).rejects.toThrow(/signature does not fit/);
  expect(left()).toEqual([]);
});

test("a keyring that is not there is an error that says how to get it", async () => {
  const mirror = { base: "http://127.0.0.1:1", keyring: "/nowhere.gpg" };
  await expect(getTree("7.3", { mirror })).rejects.toMatchObject({
    hint: expect.stringContaining("keyring"),
  });
});

test("a mirror that cannot be reached is an error that says so", async () => {
  const { keyring } = makeKey();
  const mirror = { base: "http://127.0.0.1:1", keyring };
  await expect(getTree("7.3", { mirror })).rejects.toThrow(/cannot be reached/);
});

test("without apt, the hint says what else can be done", async () => {
  const { keyring } = makeKey();
  const before = process.env.PATH;
  const programs = temporaryFolder();
  for (const name of ["cat", "flock", "mkfifo", "true"])
    symlinkSync(`/usr/bin/${name}`, join(programs, name));
  process.env.PATH = programs;
  try {
    await expect(getTree("7.3", { mirror: { base: "http://127.0.0.1:1", keyring } })).rejects.toMatchObject({
      message: "apt-get: not found",
      hint: expect.stringContaining("unpack a kernel tree yourself"),
    });
  } finally {
    process.env.PATH = before;
  }
});

test("a package without a kernel in it is an error, and nothing stays", async () => {
  const mirror = await startMirror("7.3", { README: "no kernel" });
  await expect(getTree("7.3", { mirror })).rejects.toThrow(/no Linux kernel tree/);
  expect(left()).toEqual([]);
});

test("two calls at once fetch once", async () => {
  const mirror = await startMirror("7.3", coreFiles);
  const folders = await Promise.all([getTree("7.3", { mirror }), getTree("7.3", { mirror })]);
  expect(folders[0]).toBe(folders[1]);
  expect(mirror.requests.filter((path) => path.endsWith(".deb"))).toHaveLength(1);
  expect(left()).toEqual(whole);
});

test("a cache that cannot be written is an error that says so", async () => {
  const file = join(writeTree({ file: "" }), "file");
  process.env.TREEWIDE_CACHE = file;
  await expect(getTree("7.3")).rejects.toThrow(`${file}/trees: cannot be written`);
});

test("what a killed run left is removed", async () => {
  const mirror = await startMirror("7.3", coreFiles);
  writeTree({ "linux-source-7.3.tmp-dead/tree/x": "" }, cacheFolder("trees"));
  await getTree("7.3", { mirror });
  expect(left()).toEqual(whole);
});

test("a record without its folder is no tree", async () => {
  const mirror = await startMirror("7.3", coreFiles);
  await getTree("7.3", { mirror });
  const record = readFileSync(cacheFolder("trees", "linux-source-7.3.json"));
  process.env.TREEWIDE_CACHE = temporaryFolder();
  writeTree({ "linux-source-7.3.json": record.toString() }, cacheFolder("trees"));
  expect(listTrees()).toEqual([]);
  await getTree("7.3", { mirror });
  expect(left()).toEqual(whole);
});

test("a folder that somebody else put there is left alone", async () => {
  writeTree({ "linux-source-7.3/mine": "" }, cacheFolder("trees"));
  await expect(getTree("7.3")).rejects.toThrow(/not put there by treewide/);
  expect(left()).toEqual(["linux-source-7.3"]);
});

test("SIGINT stops apt and leaves nothing; the next run works", async () => {
  const mirror = await startMirror("7.3", coreFiles);
  const asked = new Promise<void>((resolve) => {
    mirror.answer = (path, response) => {
      if (!path.endsWith(".deb")) return false;
      // The length that the index promised, or apt would give up by itself.
      response.writeHead(200, { "content-length": statSync(mirror.archive).size }).write("half");
      resolve();
      return true;
    };
  });
  const args = ["--import", "tsx", resolve("src/cli/main.ts"), "tree", "get", "7.3"];
  const child = spawn(process.execPath, [...args, "--mirror", mirror.base, "--keyring", mirror.keyring]);
  await asked;
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([130, null]);
  expect(left()).toEqual([]);
  mirror.answer = () => false;
  await getTree("7.3", { mirror });
  expect(left()).toEqual(whole);
});
