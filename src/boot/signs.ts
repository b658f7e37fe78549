/** The messages by which the kernel itself shows a hazard, as seen on booted kernels (docs/MODEL.md). */

export interface KernelSign {
  readonly sign: SignName;
  /** The kernel's line. */
  readonly text: string;
}

/** One row for each message: its name here, the pattern, and what it means. */
export const SIGNS = {
  "vectors-left": {
    pattern: /WARNING: .*\bmsi_device_data_release\b/,
    means: "the device's MSI data go while vectors are still allocated: a leak",
  },
  "domain-left": {
    pattern: /WARNING: .*\birq_domain_remove\b/,
    means: "the device's interrupt domain goes while interrupts are still mapped in it: a leak",
  },
  "handler-left": {
    pattern: /remove_proc_entry: .*leaking at least/,
    means: "an interrupt's descriptor goes while a handler stands: freed under a live handler",
  },
  "already-free": {
    pattern: /Trying to free already-free IRQ/,
    means: "a handler is freed that the interrupt no longer has: its number has been given to another device",
  },
  "already-enabled": {
    pattern: /WARNING: .*\b__pci_enable_msix?_range\b/,
    means: "vectors are asked for while the device still has some: a leak before, or a missing free",
  },
  "use-after-free": {
    pattern:
      /BUG: KASAN: .*use-after-free|general protection fault|Oops: |BUG: unable to handle|BUG: kernel NULL pointer/,
    means: "the kernel went on with memory that was gone",
  },
  panic: { pattern: /Kernel panic/, means: "the kernel gave up" },
  warning: { pattern: /WARNING: /, means: "another warning" },
} as const satisfies Record<string, { readonly pattern: RegExp; readonly means: string }>;
export type SignName = keyof typeof SIGNS;

/** The signs in the kernel's messages, in order. A line counts once, as the first row that it matches. */
export function kernelSigns(messages: readonly string[]): readonly KernelSign[] {
  return messages.flatMap((text) => {
    const sign = (Object.keys(SIGNS) as SignName[]).find((name) => SIGNS[name].pattern.test(text));
    return sign ? [{ sign, text }] : [];
  });
}
