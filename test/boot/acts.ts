/** Binds of a driver and lives of it as an audit tells them, for tests that compare the two. */
import type { Act } from "../../src/boot/scenario.js";
import type { LifeResult, ReleasePath } from "../../src/ownership/lifecycle.js";
import { Observer } from "../../src/ownership/observer.js";

export const lifeOf = (...releasePaths: ReleasePath[]): LifeResult => ({
  releasePaths,
  observer: new Observer(),
  unknown: [],
  enables: new Set(["managed"]),
  cut: false,
  byDevice: false,
});

const off = { managed: false, release: false, msi: false, msix: false };

/** A bind that succeeded with MSI and left nothing behind, but for what `more` says. */
export const driverAct = (more: Partial<Act>): Act => ({
  driver: "x",
  bind: 0,
  events: [{ event: "allocated", mode: "msi" }],
  steps: [],
  after: { ...off, enabled: false, registers: { msi: false, msix: false } },
  signs: [],
  freedUnderHandler: false,
  lines: [],
  ...more,
});
