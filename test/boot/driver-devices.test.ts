import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { KernelImage } from "../../src/boot/build.js";
import { devicesOf } from "../../src/boot/driver-devices.js";
import { temporaryFolder } from "../kernel/fixture.js";

/** A QEMU of which one guest fails once another runs, and all others run until they are killed. */
const QEMU = `#!/bin/sh
case "$*" in *"-accel kvm"*) exit 1 ;; esac
if mkdir "$FOLDER/first" 2>/dev/null; then
	until [ -s "$FOLDER/other" ]; do sleep 0.05; done
	echo "no such device" >&2
	exit 1
fi
echo $$ >>"$FOLDER/other"
exec sleep 1000
`;

test.skipIf(availableParallelism() < 2)("a guest that fails leaves no other running", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "file");
  writeFileSync(file, "");
  writeFileSync(join(folder, "qemu-system-x86_64"), QEMU);
  chmodSync(join(folder, "qemu-system-x86_64"), 0o755);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
  vi.stubEnv("FOLDER", folder);
  const image: KernelImage = {
    ...{ folder, kernel: file, module: file, init: file, systemMap: file, vmlinux: file },
    ...{ core: {} as never, drivers: [] },
  };
  const names = Array.from({ length: availableParallelism() }, (_, n) => `driver${n}`);
  await expect(devicesOf(names, { devices: new Map(), lines: [] }, image, {})).rejects.toThrow(
    "no such device",
  );
  const others = readFileSync(join(folder, "other"), "utf8").trim().split("\n");
  expect(others.filter((id) => existsSync(`/proc/${id}`))).toEqual([]);
});
