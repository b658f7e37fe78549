/**
 * A real driver in the guest: bound and unbound undisturbed, then probed with its first, second, … allocation failing,
 * until none is left to fail; then the same with the calls on whose failure the audit has a release path, and with the
 * allocations of works and threads that probe leaves behind.
 */
import type { KernelImage } from "./build.js";
import { bootMachine, type MachineDevice } from "./machine.js";
import type { AddressRange, Places } from "./places.js";
import { type Act, lend, observe, PARAMETERS, SCRIPT_START, scenarioStart } from "./scenario.js";
import { parseTraceLine, type TraceLine, withoutSpaces } from "./trace.js";

/** Probes of real drivers make some hundred allocations; ahci, with six ports, makes more than 1,200. */
const MOST_ALLOCATIONS = 3000;
/** Calls of one function from one probe that are failed in turn; more are those of a loop. */
const MOST_CALLS = 16;
/** The function of the kernel that says whether an allocation is to fail; the guest asks it for works and threads only. */
const DEFERRED = "should_fail_ex";
/** Allocations of works and threads that a probe leaves behind. */
const MOST_DEFERRED = 100;
/** Deaths of the guest in one driver after which it is left alone: each costs a boot. */
const MOST_DEATHS = 10;
/**
 * Milliseconds for one boot. A probe of ahci takes 0.4 s under TCG; most take a tenth of that. A driver that waits for a
 * device that is not its own may wait seconds each time, and what comes after is little.
 */
const LIMIT = { own: 10 * 60_000, foreign: 2 * 60_000 } as const;
/** Milliseconds for all boots of a driver, after which no other begins. */
const WHOLE = { own: 30 * 60_000, foreign: 5 * 60_000 } as const;

/** What is done to a driver. */
export interface Target {
  /** The kernel's name of the driver. */
  readonly name: string;
  readonly address: string;
  /** It is a device that the driver is for. */
  readonly own: boolean;
  /** Its probe function: only allocations that it makes fail. */
  readonly probe: string | undefined;
  /** Where its code is: a thread of the kernel with that on its stack works for it. */
  readonly code: AddressRange | undefined;
  /** Functions of the kernel to be watched, and to be failed where they return a number. */
  readonly calls: readonly string[];
  /** What the machine has beside the device. */
  readonly devices: readonly MachineDevice[];
}

export interface FailedProbes {
  readonly acts: readonly Act[];
  /** Allocations or calls at whose failure the guest died, or its time was over; 0 is before the first. */
  readonly deaths: readonly { readonly nth: number; readonly call?: string; readonly text: string }[];
  /** Every allocation of its probe was failed once, or there was no need: it takes no vectors here. */
  readonly complete: boolean;
}

/** A guest came to its end and said nothing of the driver: its trace module does not fit its kernel. */
export class SilentGuestError extends Error {}

/** What is to fail in turn: allocations, or calls of a function. */
interface Failing {
  readonly call?: string;
  readonly from: number;
}

/**
 * Binds twice undisturbed; where that takes vectors, then with each allocation failing, then with each of the calls, then
 * with each allocation of works; after a death it goes on with the next. A driver that takes none here has no release path
 * to be driven to, and one that takes the guest down undisturbed would do so each time.
 */
export async function failEach(
  target: Target,
  places: Places,
  image: KernelImage,
  options: { readonly signal?: AbortSignal },
): Promise<FailedProbes> {
  const run = new Run(target, places, image, options.signal);
  const alive = await run.bind();
  if (!alive || !run.acts.some(allocated)) return { acts: run.acts, deaths: run.deaths, complete: alive };
  const calls = [...intCalls(target.calls, run.acts), ...(target.code ? [DEFERRED] : [])];
  await run.fail([{ from: 1 }, ...calls.map((call) => ({ call, from: 1 }))]);
  const { acts, deaths } = run;
  return { acts, deaths, complete: acts.some(foundNothingLeft) };
}

/** The last of probe's allocations had been failed before. */
const foundNothingLeft = ({ nth, call, injected }: Act) =>
  nth !== undefined && call === undefined && injected === false;

const allocated = ({ events }: Act) => events.some(({ event }) => event === "allocated");

class Run {
  readonly acts: Act[] = [];
  readonly deaths: FailedProbes["deaths"][number][] = [];
  /** Milliseconds of the guests so far. */
  private spent = 0;

  constructor(
    private readonly target: Target,
    private readonly places: Places,
    private readonly image: KernelImage,
    private readonly signal: AbortSignal | undefined,
  ) {}

  /**
   * Binds twice.
   * @returns whether the guest outlived it
   * @throws SilentGuestError when it did, and did not say what it saw
   */
  async bind(): Promise<boolean> {
    const { end, acts, unfinished } = await this.boot([], true);
    this.acts.push(...acts);
    if (end === "finished" && acts.length < 2)
      throw new SilentGuestError(
        `${this.image.folder}: the guest did not say what came of ${this.target.name}`,
      );
    if (end === "finished") return true;
    this.deaths.push({ nth: 0, text: unfinished?.signs.at(-1)?.text ?? end });
    return false;
  }

  async fail(all: readonly Failing[]): Promise<void> {
    let left = all;
    const whole = this.target.own ? WHOLE.own : WHOLE.foreign;
    while (left.length > 0 && this.deaths.length < MOST_DEATHS && this.spent <= whole) {
      const { end, acts, unfinished } = await this.boot(left, false);
      this.acts.push(...acts);
      if (end === "finished") return;
      const nth = unfinished?.nth ?? 0;
      const call = unfinished?.call;
      this.deaths.push({
        nth,
        ...(call !== undefined && { call }),
        text: unfinished?.signs.at(-1)?.text ?? end,
      });
      const at = left.findIndex((one) => one.call === call);
      if (nth === 0 || at === -1) return; // before the first failure it would die again
      const others = left.slice(at + 1);
      // what needed all the time would again
      left = end === "over-limit" ? others : [{ ...left[at]!, from: nth + 1 }, ...others];
    }
  }

  private async boot(all: readonly Failing[], undisturbed: boolean) {
    const { address, own, probe, code, calls, devices } = this.target;
    const name = withoutSpaces(this.target.name);
    const lines: TraceLine[] = [];
    const bound = [
      `write ${PARAMETERS}/calls +`,
      `bind ${name} ${address}`,
      `unbind ${name} ${address}`,
      `write ${PARAMETERS}/show 1`,
    ];
    const { end, milliseconds } = await bootMachine({
      image: this.image,
      devices,
      script: [
        ...SCRIPT_START,
        ...faultLines(probe, this.places),
        ...(code
          ? [
              `write ${PARAMETERS}/code_start ${hex(code.start)}`,
              `write ${PARAMETERS}/code_end ${hex(code.end)}`,
            ]
          : []),
        ...(own ? [] : lend(this.target.name, address)),
        ...scenarioStart(name, address),
        ...calls.map((call) => `write ${PARAMETERS}/calls ${call}`),
        ...(undisturbed ? [...bound, ...bound] : []),
        ...all.flatMap(({ call, from }) => {
          const count = most(call) - from + 1;
          return [
            `renew ${address}`,
            `fail-each ${name} ${address} ${from} ${count} ${call ?? ""}`.trimEnd(),
          ];
        }),
      ],
      limit: own ? LIMIT.own : LIMIT.foreign,
      ...(this.signal && { signal: this.signal }),
      onLine: (text) => lines.push(parseTraceLine(text)),
    });
    this.spent += milliseconds;
    const [seen] = observe(lines, end === "finished");
    return { end, acts: seen?.acts ?? [], unfinished: seen?.unfinished };
  }
}

const most = (call: string | undefined): number =>
  call === undefined ? MOST_ALLOCATIONS : call === DEFERRED ? MOST_DEFERRED : MOST_CALLS;

const hex = (address: bigint) => `0x${address.toString(16)}`;

/** Of the calls those that were seen to return an int: where a pointer is expected an errno would be followed. */
function intCalls(calls: readonly string[], acts: readonly Act[]): readonly string[] {
  const returned = acts.flatMap(({ lines }) => lines.filter((line) => line.kind === "returned"));
  return calls.filter((call) => {
    const values = returned.filter((line) => line.function === call).map(({ value }) => value);
    return values.length > 0 && values.every((value) => Math.abs(value) < 2 ** 31);
  });
}

/** The return addresses, as the kernel writes them, of calls that gave the error which then probe returned. */
export function failingCalls({ bind, lines }: Act): readonly string[] {
  if (bind === 0) return [];
  return lines.flatMap((line) => (line.kind === "returned" && line.value === -bind ? [` ${line.from}`] : []));
}

const FAULTS = ["failslab", "fail_page_alloc"] as const;

/** Lets only allocations fail that probe makes, and none that ACPI makes for it: its interpreter never gives up. */
function faultLines(probe: string | undefined, places: Places): readonly string[] {
  const ranges = probe === undefined ? [] : places.ranges(probe);
  const range = ranges.length === 1 ? ranges[0] : undefined; // of two functions of that name, either may be it
  const acpi = places.span(/^acpi_(ds|ev|ex|ns|ps|rs|tb|ut)_/);
  return FAULTS.flatMap((fault) => {
    const set = (file: string, value: string) => `write /sys/kernel/debug/${fault}/${file} ${value}`;
    return [
      set("ignore-gfp-wait", "N"),
      set("verbose", "2"),
      set("stacktrace-depth", "32"),
      ...(range ? [set("require-start", hex(range.start)), set("require-end", hex(range.end))] : []),
      ...(acpi ? [set("reject-start", hex(acpi.start)), set("reject-end", hex(acpi.end))] : []),
      ...(fault === "fail_page_alloc" ? [set("min-order", "0"), set("ignore-gfp-highmem", "N")] : []),
    ];
  });
}

/** The kernel's messages from what was made to fail to the end of its call trace. */
export function failureTrace(lines: readonly TraceLine[]): readonly string[] {
  const texts = lines.flatMap((line) => (line.kind === "message" ? [line.text] : []));
  const start = texts.findIndex((text) => text.includes("forcing a failure"));
  if (start === -1) return [];
  const end = texts.findIndex((text, n) => n > start && text.includes("</TASK>"));
  return texts.slice(start, end === -1 ? undefined : end);
}
