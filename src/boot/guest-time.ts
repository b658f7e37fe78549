/**
 * The time that counts against a guest's limits. An emulated guest never waits: it computes as long as it runs, and how much
 * of this machine it gets is no matter of it. A test that shares two processors with ten others would stop guests that do
 * well.
 */
import { readFileSync } from "node:fs";

/** Linux counts a process's time in hundredths of a second for whoever asks. */
const TICK = 10;

/** A guest that does nothing at all ends too: of the time that passes at least such a part counts. */
const IDLE = 1 / 5;

export class GuestTime {
  /** Set once the machine runs. */
  process: number | undefined;
  private readonly started = performance.now();

  /** @param real the guest runs on the processor itself, and waits as real machines do: what passes counts */
  constructor(private readonly real: boolean) {}

  /** Milliseconds that count so far. */
  spent(): number {
    const passed = performance.now() - this.started;
    return this.real ? passed : Math.min(passed, Math.max(computed(this.process), passed * IDLE));
  }
}

/** Milliseconds that a process has had of the processors; 0 when it is gone. */
function computed(process: number | undefined): number {
  if (process === undefined) return 0;
  try {
    const stat = readFileSync(`/proc/${process}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // the name before may hold spaces
    return (Number(fields[11]) + Number(fields[12])) * TICK;
  } catch {
    return 0;
  }
}
