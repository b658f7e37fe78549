/** One run of the test machine in QEMU: a script in, the console out, and nothing left running. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KnownError } from "../base/errors.js";
import { writeFileAtomic } from "../base/files.js";
import { run } from "../base/process.js";
import type { KernelImage } from "./build.js";
import { ConsoleFile } from "./console.js";
import { cpioArchive } from "./cpio.js";
import { GuestTime } from "./guest-time.js";
import { Kvm, kvmIsThere } from "./kvm.js";
import { type GuestLimits, whyStop } from "./limits.js";

/** Devices of QEMU 7.2, by the address at which the machine has them. */
export interface MachineDevice {
  /** QEMU's `-device` argument without the address. */
  readonly device: string;
  /** Slot on bus 0; q35 itself uses 0 and 31. */
  readonly slot: number;
}

/** The kernel's name for a device of the machine. */
export const pciAddress = ({ slot }: MachineDevice): string =>
  `0000:00:${slot.toString(16).padStart(2, "0")}.0`;

export interface BootRequest extends GuestLimits {
  readonly image: KernelImage;
  /** Lines that templates/boot/init.c reads. */
  readonly script: readonly string[];
  readonly devices: readonly MachineDevice[];
  readonly signal?: AbortSignal;
  /** Called with each whole line of the console. */
  readonly onLine?: (line: string) => void;
}

/** How a run ended. Only `finished` ran its whole script. */
export type BootEnd = "finished" | "stopped-early" | "silent" | "over-limit" | "flooded";

export interface BootResult {
  readonly end: BootEnd;
  /** All lines of the console. */
  readonly lines: readonly string[];
  /** What QEMU itself said, mostly nothing. */
  readonly complaint: string;
  /** What the run took, as `GuestTime` counts it. */
  readonly milliseconds: number;
}

/** Lines of the console that a report of a dead guest keeps. */
const TAIL = 40;

/** The last lines of a run: the guest's, and what QEMU itself said. */
export const lastLines = ({ lines, complaint }: BootResult): readonly string[] =>
  [...lines, ...complaint.split("\n").filter(Boolean)].slice(-TAIL);

/** For a kernel that never came to what it was to do. */
export const notStarted = (core: string, end: BootEnd, tail: readonly string[]): KnownError =>
  new KnownError(
    `the test kernel of "${core}" does not come to its first program (${end}); its last lines:\n${tail.map((line) => `  ${line}\n`).join("")}`.trimEnd(),
    "the tree or the patches may be broken: a tree that is known to boot comes with `treewide tree get 7.3`",
  );

/**
 * Time in an emulated guest is what it has computed, 16 ns an instruction, and a guest that only waits is at the end of its
 * waiting at once: a driver that waits a minute for a device costs no minute, and how busy this machine is changes nothing
 * of what the guest does.
 */
const GUEST_CLOCK = ["-icount", "shift=4,sleep=off"];

/** Milliseconds between two looks at the console. */
const POLL = 100;

const KVM = new Kvm(kvmIsThere);

/**
 * Boots, runs the script and switches off. Uses KVM where it works and QEMU's own emulation elsewhere.
 * A panic, a hang and a flood of the console end the run; the result says which.
 */
export async function bootMachine(request: BootRequest): Promise<BootResult> {
  const result = await KVM.boot((kvm) => bootOnce(request, kvm), hasStarted);
  return hasStarted(result) ? result : orNotStarted(result);
}

/** The guest's first program was there. */
const hasStarted = ({ lines }: BootResult) => lines.some((line) => line.includes("tw: start"));

/** A QEMU that ended by itself before its guest said a word is no matter of the kernel. */
function orNotStarted(result: BootResult): BootResult {
  if (result.end === "stopped-early" && result.lines.length === 0 && result.complaint)
    throw new KnownError(
      `qemu-system-x86_64 does not run the test machine:\n${result.complaint}`,
      "QEMU 7.2 or later with all its devices is needed: apt-get install qemu-system-x86",
    );
  return result;
}

async function bootOnce(request: BootRequest, kvm: boolean): Promise<BootResult> {
  const folder = mkdtempSync(join(tmpdir(), "treewide-boot-"));
  const stop = new AbortController();
  const abort = () => stop.abort();
  request.signal?.addEventListener("abort", abort, { once: true });
  if (request.signal?.aborted) abort();
  const time = new GuestTime(kvm);
  let begun: number | undefined;
  const console = new ConsoleFile(join(folder, "console"), (line) => {
    if (line.includes("tw: case ")) begun = time.spent();
    request.onLine?.(line);
  });
  let end: BootEnd | undefined;
  const cut = (why: BootEnd) => {
    end ??= why;
    abort();
  };
  let heard = 0;
  let milliseconds = 0;
  const watch = setInterval(() => {
    const before = console.bytes;
    console.read();
    const { bytes } = console;
    const spent = time.spent();
    if (bytes > before) heard = spent;
    milliseconds = spent;
    const why = whyStop({ spent, heard, begun, bytes, kvm }, request);
    if (why) cut(why);
  }, POLL);
  try {
    const initrd = join(folder, "initrd");
    writeFileAtomic(initrd, initialRamdisk(request));
    const { stderr } = await run("qemu-system-x86_64", qemuArguments(request, initrd, console.path, kvm), {
      accept: "any",
      signal: stop.signal,
      onStart: (process) => {
        time.process = process;
      },
      whenWeDie: "KILL", // a guest that hangs would run for ever
    });
    console.finish();
    end ??= console.lines.some((line) => line.endsWith("tw: end")) ? "finished" : "stopped-early";
    request.signal?.throwIfAborted();
    const complaint = stderr
      .toString("utf8")
      .replace(/^.*: warning: .*\n/gm, "")
      .trim(); // such as a card without a net
    return { end, lines: console.lines, milliseconds, complaint };
  } finally {
    clearInterval(watch);
    console.close();
    request.signal?.removeEventListener("abort", abort);
    rmSync(folder, { recursive: true, force: true });
  }
}

function initialRamdisk({ image, script }: BootRequest): Buffer {
  return cpioArchive([
    { path: "init", content: readFileSync(image.init), executable: true },
    { path: "treewide.ko", content: readFileSync(image.module) },
    { path: "script", content: `${script.join("\n")}\n` },
  ]);
}

const KERNEL_ARGUMENTS = [
  // A boot console prints before printk() returns. The serial port's own console has a thread do it, which never comes
  // to it where the kernel hangs: the last lines, those that tell, would be missing.
  "earlycon=uart8250,io,0x3f8,115200",
  "keep_bootcon",
  "ignore_loglevel",
  "printk.devkmsg=on", // the guest's own lines are not rate limited
  "nokaslr",
  "oops=panic",
  "panic=-1", // with -no-reboot: a panic ends QEMU at once
  "slub_debug=FP", // freed memory is poisoned: a use after free shows
];

function qemuArguments(request: BootRequest, initrd: string, output: string, kvm: boolean): string[] {
  return [
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-monitor", "none"],
    ...["-machine", "q35", "-m", "512M", "-smp", "1", "-serial", `file:${output}`],
    ...(kvm ? ["-accel", "kvm", "-cpu", "host"] : ["-accel", "tcg", "-cpu", "max", ...GUEST_CLOCK]),
    ...["-kernel", request.image.kernel, "-initrd", initrd, "-append", KERNEL_ARGUMENTS.join(" ")],
    ...request.devices.flatMap(({ device, slot }) => ["-device", `${device},addr=0x${slot.toString(16)}`]),
  ];
}
