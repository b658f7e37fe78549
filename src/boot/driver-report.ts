/** What came of one real driver: its release paths and hazards, the kernel's against the audit's. */
import type { LifeResult } from "../ownership/lifecycle.js";
import type { DriverDevice } from "./driver-devices.js";
import type { TriedDriver } from "./driver-records.js";
import type { FailedProbes } from "./fail-each.js";
import { type HazardVerdict, judgeHazards } from "./hazards.js";
import { judgePaths, leaks, type PathVerdict } from "./paths.js";

export interface DriverReport extends Pick<FailedProbes, "deaths" | "complete"> {
  /** The C file. */
  readonly driver: string;
  /** The kernel's name of the pci_driver. */
  readonly name: string;
  /** The device it was bound to, and whether it is one that the driver is for. */
  readonly device?: DriverDevice;
  /** Why it could not be tried. */
  readonly why?: string;
  /** Binds that were to succeed: the errno of each. */
  readonly binds: readonly number[];
  /** Allocations and calls of probe that were failed, those after which probe gave up with vectors allocated, and leaks. */
  readonly failures: number;
  readonly failuresWithVectors: number;
  readonly leaks: number;
  readonly paths: readonly PathVerdict[];
  readonly hazards: readonly HazardVerdict[];
}

/** Holds what the guest did with a driver against what the audit says of it. */
export function driverReport(
  driver: string,
  life: LifeResult,
  { name, device, acts, deaths, complete }: TriedDriver,
): DriverReport {
  const failed = acts.filter(({ act }) => act.nth !== undefined && act.injected);
  return {
    driver,
    name,
    device,
    binds: acts.filter(({ act }) => act.nth === undefined).map(({ act }) => act.bind),
    failures: failed.length,
    failuresWithVectors: failed.filter(
      ({ act }) => act.bind !== 0 && act.events.some(({ event }) => event === "allocated"),
    ).length,
    leaks: acts.filter(({ act }) => leaks(act)).length,
    deaths,
    complete,
    paths: judgePaths(life, acts),
    hazards: judgeHazards(
      life,
      acts.map(({ act }) => act),
    ),
  };
}

/** The report of a driver that was not tried. */
export const untried = (driver: string, why: string): DriverReport => ({
  driver,
  name: "",
  why,
  binds: [],
  failures: 0,
  failuresWithVectors: 0,
  leaks: 0,
  deaths: [],
  complete: false,
  paths: [],
  hazards: [],
});
