import { expect, test } from "vitest";
import { KnownError } from "../../src/base/errors.js";
import type { KernelImage } from "../../src/boot/build.js";
import { CompileError } from "../../src/boot/compile-error.js";
import { driverKernels, type KernelMaker } from "../../src/boot/driver-kernels.js";

const kbuild = { moduleOf: () => undefined }; // each file is a module of its own
const image: KernelImage = {
  ...{ folder: "", kernel: "", module: "", init: "", systemMap: "", vmlinux: "" },
  core: {} as never,
  drivers: [],
};
const inventory = { devices: new Map(), lines: [] };

/** What comes of files, and with which files and symbols a kernel was built. */
async function made(maker: KernelMaker, files: readonly string[], symbols: readonly string[]) {
  const builds: string[] = [];
  const noting: KernelMaker = {
    ...maker,
    build: (files, symbols) => {
      builds.push([...files, ...symbols].join(" "));
      return maker.build(files, symbols);
    },
  };
  const results: string[] = [];
  for await (const one of driverKernels(noting, kbuild, files, symbols))
    results.push("file" in one ? `not ${one.file}: ${one.why}` : one.files.join(" "));
  return { builds, results };
}

test("a driver that does not compile is taken out, and the others are tried", async () => {
  const maker: KernelMaker = {
    build: async (files) => {
      if (files.includes("b.c")) throw new CompileError("b.c does not compile", ["b"]);
      return image;
    },
    start: async () => inventory,
  };
  expect(await made(maker, ["a.c", "b.c", "c.c"], ["OF"])).toEqual({
    builds: ["a.c b.c c.c OF", "a.c c.c OF"],
    results: ["not b.c: b.c does not compile", "a.c c.c"],
  });
});

test("where what does not compile is no driver's, a kernel is built without what others need", async () => {
  const maker: KernelMaker = {
    build: async (_, symbols) => {
      if (symbols.length > 0) throw new CompileError("of.c does not compile", ["drivers/of/of"]);
      return image;
    },
    start: async () => inventory,
  };
  expect(await made(maker, ["a.c", "b.c"], ["OF"])).toEqual({
    builds: ["a.c b.c OF", "a.c b.c"],
    results: ["a.c b.c"],
  });
});

test("a driver with which no kernel starts is told from those with which one does", async () => {
  let bad = false;
  const maker: KernelMaker = {
    build: async (files) => {
      bad = files.includes("c.c");
      return image;
    },
    start: async () => {
      if (bad) throw new KnownError("it does not start");
      return inventory;
    },
  };
  expect(await made(maker, ["a.c", "b.c", "c.c"], ["OF"])).toEqual({
    builds: ["a.c b.c c.c OF", "a.c b.c OF", "c.c OF", "c.c"],
    results: ["a.c b.c", "not c.c: it does not start"],
  });
});
