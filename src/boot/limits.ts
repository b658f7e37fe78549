/** When a guest is stopped that does not come to its end by itself. Times are milliseconds as `GuestTime` counts them. */

export interface GuestLimits {
  /** For the whole run. */
  readonly limit: number;
  /** For one case of the script; the kernel's start, before the first, is none. */
  readonly caseLimit?: number;
  /** Without a line, after which the machine is taken to hang. */
  readonly silence?: number;
  /** Bytes of console. */
  readonly consoleBytes?: number;
}

/** How far a guest is. */
export interface GuestProgress {
  readonly spent: number;
  /** When it wrote last; 0 before its first line. */
  readonly heard: number;
  /** When its case began; undefined before the first. */
  readonly begun: number | undefined;
  /** What it has written. */
  readonly bytes: number;
  readonly kvm: boolean;
}

/**
 * No line for so long means that the machine hangs. Under TCG on a busy core the slowest step that was seen,
 * the kernel's own start, was silent for 4 s.
 */
const SILENCE = 60_000;
/** With a KVM that works the first line comes within half a second; with a broken one never. */
const KVM_SILENCE = 10_000;
/** A whole conformance run writes 3 MB; a driver that loops on its console reaches this in seconds. */
const CONSOLE_BYTES = 64 * 1024 * 1024;

/** Why a guest is to be stopped now, or undefined when it may go on. */
export function whyStop(
  { spent, heard, begun, bytes, kvm }: GuestProgress,
  limits: GuestLimits,
): "silent" | "over-limit" | "flooded" | undefined {
  const { limit, caseLimit = limit, silence = SILENCE, consoleBytes = CONSOLE_BYTES } = limits;
  if (spent - heard > (kvm && bytes === 0 ? KVM_SILENCE : silence)) return "silent";
  if (spent > limit || (begun !== undefined && spent - begun > caseLimit)) return "over-limit";
  return bytes > consoleBytes ? "flooded" : undefined;
}
