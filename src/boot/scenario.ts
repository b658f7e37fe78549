/**
 * A scenario: drivers bound and unbound one after the other on one fresh device. Its script for the guest, and
 * what the guest's console says of it.
 */

import { type OwnershipEvent, ownershipEvents } from "./events.js";
import type { MachineDevice } from "./machine.js";
import { pciAddress } from "./machine.js";
import { type KernelSign, kernelSigns, SIGNS } from "./signs.js";
import { type CapabilityRegisters, type DeviceFlags, type TraceLine, withoutSpaces } from "./trace.js";

export interface Scenario {
  readonly id: string;
  readonly device: MachineDevice;
  /** The kernel's names of drivers, bound and unbound in this order. */
  readonly acts: readonly string[];
  /** The drivers are not for this device: they are told that it is the first of those that they are for. */
  readonly foreign?: boolean;
}

/** A device with MSI, MSI-X and INTx: every allocation can succeed on it. */
export const ALL_MODES: MachineDevice = { device: "e1000e,romfile=", slot: 4 };
/** A device with MSI and INTx only: MSI-X fails on it. */
export const NO_MSIX: MachineDevice = { device: "edu", slot: 5 };
export const HARNESS_DEVICES: readonly MachineDevice[] = [ALL_MODES, NO_MSIX];

/** Where the guest's module takes what it is to do. */
export const PARAMETERS = "/sys/module/treewide/parameters";

/** Lines that come before every scenario's. */
export const SCRIPT_START: readonly string[] = [
  "load /treewide.ko",
  "write /sys/bus/pci/drivers_autoprobe 0",
];

/**
 * Lines that make a driver take a device as it takes the first of its own: with what it keeps beside that one's id. The
 * device waits for a driver that there is not meanwhile, until it is renewed.
 */
export const lend = (driver: string, address: string): readonly string[] => [
  `write /sys/bus/pci/devices/${address}/driver_override none`,
  `write ${PARAMETERS}/lend ${address} ${driver}`,
];

/** Lines that begin a scenario: a fresh device, watched. */
export const scenarioStart = (id: string, address: string): readonly string[] => [
  `case ${id}`,
  `write ${PARAMETERS}/watch -`,
  `renew ${address}`,
  "write /sys/kernel/debug/clear_warn_once 1",
  `write ${PARAMETERS}/watch ${address}`,
];

/** The guest's script of one scenario. */
export function scenarioScript({ id, device, acts, foreign }: Scenario): readonly string[] {
  const address = pciAddress(device);
  return [
    ...(foreign ? acts.flatMap((driver) => lend(driver, address)) : []),
    ...scenarioStart(id, address),
    ...acts.flatMap((act) => [
      `bind ${withoutSpaces(act)} ${address}`,
      `unbind ${withoutSpaces(act)} ${address}`,
      `write ${PARAMETERS}/show 1`,
    ]),
  ];
}

/** What one driver of a scenario did. */
export interface Act {
  readonly driver: string;
  /** 0 when probe succeeded; an errno otherwise. */
  readonly bind: number;
  /** The allocation of this bind that was to fail, or the call, counted from 1; absent when none was. */
  readonly nth?: number;
  /** The function of which a call was to fail; absent for an allocation. */
  readonly call?: string;
  /** It came to that allocation or call. */
  readonly injected?: boolean;
  readonly events: readonly OwnershipEvent[];
  /** The driver's steps: name and what the call returned. */
  readonly steps: readonly {
    readonly what: string;
    readonly value: number;
    readonly flags: DeviceFlags;
    readonly registers: CapabilityRegisters;
  }[];
  /** The device after devres' turn; absent when the guest died before. */
  readonly after?: DeviceState;
  readonly signs: readonly KernelSign[];
  /** The kernel warned of a live handler when vectors were torn down. */
  readonly freedUnderHandler: boolean;
  readonly lines: readonly TraceLine[];
}

export interface DeviceState extends DeviceFlags {
  readonly enabled: boolean;
  readonly registers: CapabilityRegisters;
}

/** One scenario as the guest ran it. `acts` is short when the guest died in it. */
export interface Observation {
  readonly id: string;
  readonly acts: readonly Act[];
  /** The guest panicked, hung or was stopped here. */
  readonly died: boolean;
  /** The act in which it died, as far as it came. */
  readonly unfinished?: Act;
}

/** Splits the lines of a run by scenario and act. */
export function observe(lines: readonly TraceLine[], finished: boolean): readonly Observation[] {
  const observations: Observation[] = [];
  let id: string | undefined;
  let acts: Act[] = [];
  let pending: TraceLine[] = [];
  const close = (died: boolean) => {
    if (id !== undefined)
      observations.push({ id, acts, died, ...(died && { unfinished: toAct(pending, undefined) }) });
  };
  for (const line of lines) {
    if (line.kind === "case") {
      close(false);
      id = line.id;
      acts = [];
      pending = [];
    } else if (line.kind === "did" && line.verb === "renew") {
      pending = [];
    } else {
      pending.push(line);
      if (line.kind !== "step" || line.what !== "show") continue;
      acts.push(toAct(pending, line));
      pending = [];
    }
  }
  close(!finished);
  return observations;
}

function toAct(lines: readonly TraceLine[], show: Extract<TraceLine, { kind: "step" }> | undefined): Act {
  const bind = lines.find((line) => line.kind === "did" && line.verb === "bind");
  const nth = lines.find((line) => line.kind === "nth");
  const failed = lines.find((line) => line.kind === "nth-did");
  return {
    driver: bind?.kind === "did" ? bind.target : nth?.kind === "nth" ? nth.driver : "?",
    bind: bind?.kind === "did" ? bind.errno : failed?.kind === "nth-did" ? failed.errno : -1,
    ...(nth?.kind === "nth" && { nth: nth.n, ...(nth.call !== undefined && { call: nth.call }) }),
    ...(failed?.kind === "nth-did" && { injected: failed.left === 0 }),
    events: ownershipEvents(lines),
    steps: lines.flatMap((line) =>
      line.kind === "step" && line !== show
        ? [{ what: line.what, value: line.value, flags: line.flags, registers: line.registers }]
        : [],
    ),
    ...(show && {
      after: { ...show.flags, enabled: show.enabled, registers: show.registers },
    }),
    signs: kernelSigns(lines.flatMap((line) => (line.kind === "message" ? [line.text] : []))),
    freedUnderHandler: handlerLeftByTeardown(lines),
    lines,
  };
}

/**
 * The same warning comes from pci_disable_device() when a devm handler stands on the device's INTx line and no other
 * device shares it: a hazard, but none of vectors, and it depends on the machine.
 */
function handlerLeftByTeardown(lines: readonly TraceLine[]): boolean {
  let last = "";
  return lines.some((line) => {
    if (line.kind === "call") last = line.function;
    return (
      line.kind === "message" && last === "pci_free_msi_irqs" && SIGNS["handler-left"].pattern.test(line.text)
    );
  });
}
