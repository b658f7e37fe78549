/**
 * What was said on the thread of February 2026 about who frees a driver's vectors, each as a row: what to run, and
 * what in the kernel's trace decides it. A row asks the same of every core, so that a series is held against its own
 * claims and against those of its reviewers.
 */
import { type AllocationName, type HarnessCase, harnessCase } from "./cases.js";
import { describeEvent } from "./events.js";
import { driverName } from "./harness.js";
import type { MachineDevice } from "./machine.js";
import { type Act, ALL_MODES, NO_MSIX, type Observation } from "./scenario.js";

export interface Claim {
  readonly id: string;
  readonly title: string;
  /** True: a core of which this holds is broken. False: it is worth knowing, and no fault of the core's. */
  readonly fault: boolean;
  /** Only cores that declare `pcim_alloc_irq_vectors()` can be asked. */
  readonly needsManagedAllocation?: boolean;
  /** A driver that must be built in: its C file, in one tree or the other. */
  readonly driver?: readonly string[];
  /** The first driver of each run decides; the guest may die in the others. */
  readonly decidedByFirst?: boolean;
  /** What to run; each on a fresh device. */
  readonly runs: readonly { readonly device: MachineDevice; readonly acts: readonly string[] }[];
  /** Decides from the acts of each run. */
  readonly decide: (runs: readonly (readonly Act[])[]) => { readonly holds: boolean; readonly shown: string };
}

const driver = (allocation: AllocationName, more: Partial<HarnessCase> = {}) =>
  driverName(
    harnessCase({
      enable: "managed",
      allocation,
      handler: "none",
      free: "never",
      end: "remove",
      rounds: 1,
      ...more,
    }).id,
  );

/** A driver as the series converts it: it leaves its vectors to the managed allocation. */
const CONVERTED = driver("managed-msi");
/** A driver that owns its vectors itself. */
const EXPLICIT = driver("msi", { free: "after" });
/** A driver that leans on the automatic release. */
const IMPLICIT = driver("msi");

const on = (device: MachineDevice, ...acts: string[]) => ({ device, acts });
const count = (act: Act, event: string) => act.events.filter((one) => one.event === event).length;
const times = (n: number) => (n === 1 ? "once" : `${n} times`);
const leaked = (act: Act) => act.signs.some(({ sign }) => sign === "vectors-left");
const signsOf = (act: Act) =>
  act.signs.length === 0 ? "the kernel says nothing" : act.signs.map(({ text }) => text.trim()).join("; ");

/** devres actions that were added on the device, but for the one that disables it. */
const releases = (act: Act) =>
  act.events.filter((one) => one.event === "action-added" && one.action !== "pcim_disable_device").length;

/** A driver that owns its vectors must not get a release that it would not get on a fresh device. */
const uninvited: Claim["decide"] = ([alone, after]) => {
  const usual = releases(alone![0]!);
  const now = releases(after![1]!);
  return {
    holds: now > usual,
    shown: `on a fresh device it gets ${usual} release actions, after the other driver ${now}; is_msi_managed was ${
      after![0]!.after?.release ? "still set" : "clear"
    }`,
  };
};

const AHCI: MachineDevice = { device: "ich9-ahci", slot: 6 };
const HDA: MachineDevice = { device: "intel-hda", slot: 7 };

const realDriverLeaks = (name: string, files: readonly string[], device: MachineDevice): Claim => ({
  id: `${name}-leaks`,
  title: `${name}, as it is in the tree, leaks its vectors on unbind`,
  fault: true,
  driver: files,
  decidedByFirst: true,
  runs: [on(device, name, name)],
  decide: ([acts]) => ({ holds: leaked(acts![0]!), shown: `${signsOf(acts![0]!)}; ${rebound(acts![1])}` }),
});

const rebound = (act: Act | undefined) =>
  !act
    ? "binding it again took the guest down"
    : act.bind === 0
      ? "it binds again"
      : `binding it again fails (errno ${act.bind})`;

export const CLAIMS: readonly Claim[] = [
  {
    id: "double-free",
    title: "A driver's own free and then devres' free the vectors twice",
    fault: true,
    runs: [on(ALL_MODES, EXPLICIT)],
    decide: ([acts]) => ({
      holds: count(acts![0]!, "torn-down") > 1,
      shown: `pci_free_irq_vectors() is called ${times(count(acts![0]!, "free-called"))} and tears down ${times(
        count(acts![0]!, "torn-down"),
      )}; ${signsOf(acts![0]!)}`,
    }),
  },
  {
    id: "live-handler",
    title: "A free under a live handler goes wrong in the interrupt core",
    fault: false,
    runs: [on(ALL_MODES, driver("msi", { handler: "devm", free: "before" }))],
    decide: ([acts]) => ({
      holds: acts![0]!.signs.some(({ sign }) => sign === "handler-left" || sign === "already-free"),
      shown: signsOf(acts![0]!),
    }),
  },
  {
    id: "implicit-leaks",
    title: "A managed driver that never frees plainly allocated vectors leaks on unbind",
    fault: false, // it is what the core change is for: drivers have to be converted before it
    runs: [on(ALL_MODES, IMPLICIT, IMPLICIT)],
    decide: ([acts]) => ({
      holds: leaked(acts![0]!),
      shown: `${signsOf(acts![0]!)}; ${rebound(acts![1])}`,
    }),
  },
  {
    id: "converted-leaks-on-unbind",
    title: "A converted driver leaks on unbind, and its next probe fails",
    fault: true,
    needsManagedAllocation: true,
    runs: [on(ALL_MODES, CONVERTED, CONVERTED)],
    decide: ([acts]) => ({
      holds: leaked(acts![0]!) || acts![1]!.bind !== 0,
      shown: `${signsOf(acts![0]!)}; ${rebound(acts![1])}`,
    }),
  },
  {
    id: "converted-leaks-on-failed-probe",
    title: "A converted driver leaks when its probe fails after the allocation",
    fault: true,
    needsManagedAllocation: true,
    runs: [on(ALL_MODES, driver("managed-msi", { end: "fail" }))],
    decide: ([acts]) => ({ holds: leaked(acts![0]!), shown: signsOf(acts![0]!) }),
  },
  {
    id: "managed-on-plain-leaks",
    title: "A managed allocation on a plainly enabled device leaks",
    fault: true,
    needsManagedAllocation: true,
    runs: [on(ALL_MODES, driver("managed-msi", { enable: "plain" }))],
    decide: ([acts]) => ({ holds: leaked(acts![0]!), shown: signsOf(acts![0]!) }),
  },
  {
    id: "flag-survives",
    title: "is_msi_managed survives the driver that set it",
    fault: true,
    runs: [on(ALL_MODES, IMPLICIT), on(ALL_MODES, CONVERTED), on(ALL_MODES, driver("managed-intx"))],
    decide: (runs) => {
      const stale = runs.flatMap((acts) => (acts[0]?.after?.release ? [acts[0].driver] : []));
      return {
        holds: stale.length > 0,
        shown: stale.length > 0 ? `still set after ${stale.join(", ")}` : "clear after every unbind",
      };
    },
  },
  {
    id: "innocent-leaks",
    title:
      "A managed driver that is innocent leaks when it is bound after one with a managed INTx allocation",
    fault: true,
    needsManagedAllocation: true,
    runs: [on(ALL_MODES, IMPLICIT), on(ALL_MODES, driver("managed-intx"), IMPLICIT)],
    decide: ([alone, after]) => ({
      holds: !leaked(alone![0]!) && leaked(after![1]!),
      shown: `alone: ${signsOf(alone![0]!)}; after it: ${signsOf(after![1]!)}`,
    }),
  },
  {
    id: "uninvited-release",
    title: "A driver that frees its vectors itself gets a release it never asked for, after a converted one",
    fault: true,
    needsManagedAllocation: true,
    runs: [on(ALL_MODES, EXPLICIT), on(ALL_MODES, CONVERTED, EXPLICIT)],
    decide: uninvited,
  },
  {
    id: "uninvited-release-after-intx",
    title: "… also when the managed allocation fell back to INTx",
    fault: true,
    needsManagedAllocation: true,
    runs: [on(ALL_MODES, EXPLICIT), on(ALL_MODES, driver("managed-intx"), EXPLICIT)],
    decide: uninvited,
  },
  {
    id: "uninvited-release-after-failure",
    title: "… also when the managed allocation failed",
    fault: true,
    needsManagedAllocation: true,
    runs: [on(NO_MSIX, EXPLICIT), on(NO_MSIX, driver("managed-msix"), EXPLICIT)],
    decide: uninvited,
  },
  {
    id: "releases-pile-up",
    title: "Six managed allocations leave more than one release action",
    fault: true,
    needsManagedAllocation: true,
    runs: [on(ALL_MODES, driver("managed-msi", { rounds: 6 }))],
    decide: ([acts]) => ({
      holds: releases(acts![0]!) > 1,
      shown: `${releases(acts![0]!)} release actions`,
    }),
  },
  realDriverLeaks("ahci", ["drivers/ata/ahci.c"], AHCI),
  realDriverLeaks("snd_hda_intel", ["sound/hda/controllers/intel.c", "sound/pci/hda/hda_intel.c"], HDA),
];

/** What a claim comes to on one core. */
export interface ClaimVerdict {
  readonly claim: string;
  readonly verdict: "holds" | "does-not-hold" | "not-applicable" | "unknown";
  readonly shown: string;
  /** What the kernel did in each run, driver by driver. */
  readonly traces: readonly (readonly ActTrace[])[];
}

/** One driver in a trace, for people. */
export interface ActTrace {
  readonly driver: string;
  /** 0, or the errno of its failed probe. */
  readonly bind: number;
  readonly events: readonly string[];
  readonly messages: readonly string[];
}

const traceOf = ({ driver, bind, events, signs }: Act): ActTrace => ({
  driver,
  bind,
  events: events.map(describeEvent),
  messages: signs.map(({ text }) => text.trim()),
});

/** The scenario of a claim's n-th run. */
export const claimScenario = (claim: Claim, n: number): string => `${claim.id}.${n}`;

/** Decides one claim from what was observed. */
export function decideClaim(
  claim: Claim,
  managed: boolean,
  observed: ReadonlyMap<string, Observation>,
): ClaimVerdict {
  const { id } = claim;
  if (claim.needsManagedAllocation && !managed)
    return {
      claim: id,
      verdict: "not-applicable",
      shown: "this core has no pcim_alloc_irq_vectors(); --series boots those that a series makes",
      traces: [],
    };
  const runs = runsOf(claim, managed);
  const acts = runs.map((_, n) => observed.get(claimScenario(claim, n))?.acts ?? []);
  const traces = acts.map((list) => list.map(traceOf));
  const needed = (n: number) => (claim.decidedByFirst ? 1 : runs[n]!.acts.length);
  const cut = acts.findIndex((list, n) => list.length < needed(n));
  if (cut !== -1)
    return {
      claim: id,
      verdict: "unknown",
      shown: `run ${cut + 1} ended after ${acts[cut]!.length} of ${runs[cut]!.acts.length} drivers`,
      traces,
    };
  const { holds, shown } = claim.decide(acts);
  return { claim: id, verdict: holds ? "holds" : "does-not-hold", shown, traces };
}

/** The runs that a core can do: those with managed allocations only where it has them. */
export function runsOf(claim: Claim, managed: boolean): Claim["runs"] {
  return claim.runs.filter(({ acts }) => managed || !acts.some((act) => act.includes("_managed-")));
}
