import { expect, test } from "vitest";
import type { KernelImage } from "../../src/boot/build.js";
import { bootMachine } from "../../src/boot/machine.js";
import { AS_IS } from "../../src/boot/series.js";
import { conformanceSession, testKernel } from "../../src/boot/sessions.js";
import { sayNotRun, tree, whyNot } from "./kernel.js";

/** What a run of all tests may wait for a kernel; `make test-boot` waits as long as it takes. */
const BUILD_LIMIT = 10 * 60_000;
const TEST_LIMIT = BUILD_LIMIT + 5 * 60_000;

let kernel: Promise<KernelImage | string> | undefined;

/** The kernel of the tree as it is, or why there is none in time. The time is that of all tests together. */
function kernelInTime(): Promise<KernelImage | string> {
  kernel ??= builtInTime();
  return kernel;
}

async function builtInTime(): Promise<KernelImage | string> {
  const why = await whyNot();
  if (why !== undefined) return why;
  const limit = AbortSignal.timeout(BUILD_LIMIT);
  try {
    return await testKernel({ tree, signal: limit }, AS_IS);
  } catch (error) {
    if (!limit.aborted) throw error;
    return "the kernel is not built within ten minutes; `make test-boot` builds it and keeps it";
  }
}

test("the executor agrees with the booted kernel on the short set", {
  timeout: TEST_LIMIT,
}, async (context) => {
  const kernel = await kernelInTime();
  if (typeof kernel === "string") {
    sayNotRun("conformance with a booted kernel", kernel);
    return context.skip(kernel);
  }
  const { cores } = await conformanceSession({ tree, cores: [AS_IS] }, "short");
  expect(cores[0]!.verdicts.length).toBeGreaterThan(30);
  expect(cores[0]!.verdicts.filter(({ verdict }) => verdict !== "agrees")).toEqual([]);
});

test("a guest that hangs is stopped, and what it said is kept", {
  timeout: TEST_LIMIT,
}, async (context) => {
  const image = await kernelInTime();
  if (typeof image === "string") return context.skip(image);
  const { end, lines } = await bootMachine({
    image,
    devices: [],
    script: ["hang"],
    limit: 300_000,
    silence: 60_000, // of a busy machine: an idle one boots in three seconds
  });
  expect(end).toBe("silent");
  expect(lines.some((line) => line.endsWith("tw: start"))).toBe(true);
});

test("a guest that panics ends at once, with its last words", { timeout: TEST_LIMIT }, async (context) => {
  const image = await kernelInTime();
  if (typeof image === "string") return context.skip(image);
  const { end, lines } = await bootMachine({ image, devices: [], script: ["die"], limit: 300_000 });
  expect(end).toBe("stopped-early");
  expect(lines.join("\n")).toContain("Kernel panic");
});

test("a guest that loops on its console is stopped before it fills the disk", {
  timeout: TEST_LIMIT,
}, async (context) => {
  const image = await kernelInTime();
  if (typeof image === "string") return context.skip(image);
  const { end, lines } = await bootMachine({
    image,
    devices: [],
    script: ["flood"],
    limit: 300_000,
    consoleBytes: 200_000,
  });
  expect(end).toBe("flooded");
  expect(lines.at(-2)).toContain("tw: flood"); // the last line is cut
});

test("a QEMU that does not start says why", { timeout: TEST_LIMIT }, async (context) => {
  const image = await kernelInTime();
  if (typeof image === "string") return context.skip(image);
  const devices = [{ device: "no-such-device", slot: 4 }];
  await expect(bootMachine({ image, devices, script: [], limit: 300_000 })).rejects.toThrow(
    /qemu-system-x86_64 does not run the test machine:\n.*no-such-device/,
  );
});
