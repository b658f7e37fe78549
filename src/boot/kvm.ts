/** Whether guests run on this machine's own processor (KVM) or are emulated; what does not work is not tried again. */
import { accessSync, constants } from "node:fs";

/** Whether /dev/kvm opens here, and is one for our guests, which are x86_64. */
export function kvmIsThere(): boolean {
  if (process.arch !== "x64") return false;
  try {
    accessSync("/dev/kvm", constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export class Kvm {
  /** /dev/kvm opens in some containers where no guest ever runs. */
  private isBroken = false;

  constructor(private readonly isThere: () => boolean) {}

  /**
   * Boots with KVM where it is there, and once more without where the guest does not start. Only one that starts then shows
   * that KVM is what is broken; otherwise it may be its kernel.
   * @returns what the last boot came to
   */
  async boot<Result>(
    boot: (kvm: boolean) => Promise<Result>,
    hasStarted: (result: Result) => boolean,
  ): Promise<Result> {
    const kvm = !this.isBroken && this.isThere();
    const first = await boot(kvm);
    if (!kvm || hasStarted(first)) return first;
    const second = await boot(false);
    if (hasStarted(second)) this.isBroken = true;
    return second;
  }
}
