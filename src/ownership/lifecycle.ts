/**
 * The life of a device under one driver: probe, callbacks in any order that the frameworks allow, remove, and devres'
 * turn after each failed probe and after remove. Every path is followed twice at its end: with the core as it is, and
 * with a core that no longer frees what a plain allocation took.
 */
import type { CFunction } from "../c/source.js";
import { constantOf } from "../exec/constants.js";
import { Executor } from "../exec/executor.js";
import { LimitReached, type Limits } from "../exec/limits.js";
import type { Mask } from "../exec/mask.js";
import type { Program } from "../exec/program.js";
import { type Frame, State, someFailure, type TraceStep } from "../exec/state.js";
import { Store } from "../exec/store.js";
import { one, pointer, Sign, unknown, type Value } from "../exec/value.js";
import type { Core } from "./core.js";
import { DevresTurn, lastFree } from "./devres-turn.js";
import type { DeviceId, DriverCode } from "./driver-code.js";
import { assumed, driverModel } from "./driver-model.js";
import { Observer, type Phase } from "./observer.js";
import { Phases, undoesPhase } from "./phases.js";
import { changed, type DeviceState, device, type Enable, holds, noVectors, type Vectors } from "./vectors.js";

export interface ReleasePath {
  /** "remove", or "probe fails at request_irq". */
  readonly path: string;
  readonly file: string;
  readonly line: number;
  /** The driver itself frees the vectors on this path. */
  readonly frees: boolean;
  readonly leaksToday: boolean;
  readonly leaksAfterCoreChange: boolean;
  readonly enable: Enable;
  readonly witness: PathWitness;
  /** The first witness by the file whose allocation holds on it (vectors.ts, `allocatedIn`). */
  readonly byFile: Map<string | undefined, PathWitness>;
}

export type PathWitness = readonly [today: TraceStep | undefined, afterCoreChange: TraceStep | undefined];

export interface Unknown {
  readonly file: string;
  readonly line: number;
  readonly why: string;
}

export interface LifeResult {
  readonly releasePaths: readonly ReleasePath[];
  readonly observer: Observer;
  readonly unknown: readonly Unknown[];
  /** Probe or remove was not followed to all its ends. */
  readonly cut: boolean;
  /** Probe was executed for each of the driver's devices: what it never reached is for other devices. */
  readonly byDevice: boolean;
  /** How the device was enabled on any path on which probe succeeded. */
  readonly enables: ReadonlySet<Enable>;
}

/** States between callbacks from which what the driver's own fields hold is forgotten: their number is then small. */
const coarsenLifeAt = 128;
/**
 * Steps for all callbacks together; beyond, the result says that not every order was tried. With 60,000, three drivers of
 * Linux 7.3 were told otherwise: leapraid wrongly under a handler; mlx4 and myri10ge as leaking, by orders not checked by hand.
 */
const midLifeSteps = 8_000;

/**
 * Tokens of the functions that matter beyond which a program is not tried. In Linux 6.12 to 7.3 no driver with more than
 * 14,200 came to its end within the limits in full detail, none with more than 19,500 in plain, and none with more than
 * 47,600 in the plainest.
 */
const mostTokens = { full: 15_000, plain: 22_500, plainest: 100_000 };

/**
 * Follows a device's life under a driver. When probe or remove cannot be followed to all their ends within the limits,
 * they are followed again with less detail; then with wider limits too, as what is left to follow is little. The paths
 * of so much code in so little detail may not exist: where one of them leaks today, nothing is claimed.
 * @param tellsBranches whether witnesses tell which way each branch went
 */
export function live(code: DriverCode, core: Core, limits: Limits, tellsBranches = false): LifeResult {
  if (code.tokens > mostTokens.plainest) return tooMuch(code);
  const [full, plain, plainest] = code.programs;
  const run = (program: Program, within: Limits) =>
    new Life(code, program, core, within, tellsBranches).run();
  if (code.tokens <= mostTokens.full) {
    const precise = run(full, limits);
    if (!precise.cut) return precise;
  }
  if (code.tokens <= mostTokens.plain) {
    const shorter = run(plain, limits);
    if (!shorter.cut) return shorter;
  }
  const last = run(plainest, widened(limits, 4));
  const leak = last.releasePaths.find((path) => path.leaksToday);
  return leak && !last.cut ? doubted(last, leak) : last;
}

function widened(limits: Limits, times: number): Limits {
  return { ...limits, steps: limits.steps * times, statesAtPoint: limits.statesAtPoint * times };
}

function tooMuch({ probe, tokens }: DriverCode): LifeResult {
  const { file, at } = probe[0]!;
  const why = `too much code to follow: ${tokens} tokens of functions from which vectors are taken or freed`;
  return undecided([{ file: file.path, line: file.lines.line(at), why }]);
}

/** What is said of a driver that is not executed. */
export function undecided(unknown: readonly Unknown[]): LifeResult {
  const observer = new Observer();
  return { releasePaths: [], observer, unknown, cut: true, byDevice: false, enables: new Set() };
}

function doubted(result: LifeResult, { file, line, path }: ReleasePath): LifeResult {
  result.observer.hazards.clear();
  const why = `too much code to follow in detail; with less, a path leaks that may not exist: ${path}`;
  return { ...result, cut: true, unknown: [...result.unknown, { file, line, why }] };
}

class Life {
  private readonly observer = new Observer();
  private readonly executor: Executor<Vectors>;
  private readonly releasePaths = new Map<string, ReleasePath>();
  private readonly unknown: Unknown[] = [];
  private readonly enables = new Set<Enable>();
  private readonly phases: Phases;
  private readonly devres: DevresTurn;

  constructor(
    private readonly code: DriverCode,
    program: Program,
    private readonly core: Core,
    limits: Limits,
    tellsBranches: boolean,
  ) {
    // States of several files' allocations are several (vectors.ts): each file has the room that one has.
    const coarsenAt = limits.coarsenAt * Math.max(1, code.allocatingFiles.size);
    this.phases = new Phases(code.callbacks);
    const model = this.phases.over(driverModel(core, this.observer, code.remove, code.allocatingFiles));
    const givesField = (name: string) => code.ids.some(({ fields }) => fields.has(name));
    this.executor = new Executor(program, { ...model, givesField, tellsBranches }, { ...limits, coarsenAt });
    this.devres = new DevresTurn(this.executor, this.observer, (limit) => this.gaveUp(limit));
    const callbacks = code.callbacks.map((callback) => callback.definition);
    const actions = this.executor.givenAwayBy([...code.probe, ...code.remove, ...callbacks]);
    this.lookedAt = {
      inLife: this.executor.looksAt([...callbacks, ...code.remove, ...actions]),
      inRemove: this.executor.looksAt([...code.remove, ...actions]),
      atEnd: this.executor.looksAt(actions),
    };
  }

  /** What is looked at while the device is bound, from remove on, and when devres has its turn. */
  private readonly lookedAt: { readonly inLife: Mask; readonly inRemove: Mask; readonly atEnd: Mask };

  run(): LifeResult {
    const bound: DeviceState[] = [];
    const { probe: probes, ids } = this.code;
    for (const probe of probes)
      for (const id of ids.length > 0 ? ids : [undefined])
        this.attempt("probe", probe, this.fresh(id), (state, value) => {
          if (value.signs & Sign.negative) {
            // `if (ret) … return ret`: an error, though its sign was not asked for.
            if (value.signs & Sign.zero) bound.push(state.copy());
            this.probeFailed(probe, state);
          } else bound.push(state);
        });
    for (const state of bound) this.enables.add(state.domain.enable);
    const unbound = new Set<number>();
    for (const state of this.midLife(bound)) {
      this.executor.settle(state, this.lookedAt.inRemove);
      const key = state.key();
      if (!unbound.has(key)) this.unbind(state);
      unbound.add(key);
    }
    return {
      releasePaths: [...this.releasePaths.values()],
      observer: this.observer,
      unknown: this.unknown,
      cut: this.cut,
      byDevice: ids.length > 0,
      enables: this.enables,
    };
  }

  private fresh(id: DeviceId | undefined): DeviceState {
    const state = new State<Vectors>(this.core.freshDevice(), Store.of(), noVectors, undefined, undefined);
    for (const cell of assumed) state.cells.set(cell, one);
    for (const [field, value] of id?.fields ?? [])
      state.cells.set(`pci_device_id.${field}`, constantOf(this.executor, value, id!.file));
    return state;
  }

  /** Runs a function from outside; a limit that is hit is noted, and the paths that ended before count. */
  private attempt(
    phase: Phase,
    definition: CFunction,
    state: DeviceState,
    emit: (state: DeviceState, value: Value) => void,
    ending = phase === "remove",
  ): void {
    this.enter(phase, ending);
    this.executor.steps = 0;
    try {
      const after = phase === "remove" || phase === "shutdown" ? this.lookedAt.atEnd : this.lookedAt.inLife;
      for (const outcome of this.executor.call(
        definition,
        rootArguments(definition),
        state,
        undefined,
        after,
      ))
        emit(outcome.state, outcome.value);
    } catch (error) {
      if (!(error instanceof LimitReached)) throw error;
      this.gaveUp(error);
      if (phase === "probe" || phase === "remove") this.cut = true;
    }
  }

  private gaveUp({ file, line, why }: LimitReached): void {
    this.unknown.push({ file, line, why });
  }

  private cut = false;

  /** What a call shows depends on the phase, so results are shared within one. */
  private enter(phase: Phase, ending: boolean): void {
    this.observer.phase = phase;
    this.observer.ending = ending;
    this.executor.memory.enter(`${phase}${ending ? " ends" : ""}`);
  }

  /** All states in which the device can be while it is bound: the callbacks run in any order that their rules allow. */
  private midLife(bound: readonly DeviceState[]): readonly DeviceState[] {
    // What is known in one state and holds in another as well leads to all that the other leads to: one is enough.
    const states = new Set<DeviceState>();
    /** By the number of their domain: states of others never cover one. */
    const alike = new Map<number, Set<DeviceState>>();
    const work: DeviceState[] = [];
    const add = (state: DeviceState) => {
      state.failure = undefined;
      if (state.domain.freedLast) state.domain = changed(state.domain, { freedLast: false });
      this.executor.settle(state, this.lookedAt.inLife);
      if (states.size >= coarsenLifeAt) this.executor.coarsen(state);
      const { number } = state.domain;
      const others = alike.get(number) ?? new Set<DeviceState>();
      alike.set(number, others);
      for (const other of others) if (this.executor.covers(other, state)) return;
      for (const other of others)
        if (this.executor.covers(state, other)) {
          others.delete(other);
          states.delete(other);
        }
      others.add(state);
      states.add(state);
      work.push(state);
    };
    for (const state of bound) add(state);
    let spent = 0;
    for (let state = work.shift(); state; state = work.shift()) {
      if (!states.has(state)) continue;
      for (const callback of this.code.callbacks) {
        if (spent > midLifeSteps) {
          const { file, at } = callback.definition;
          this.unknown.push({
            file: file.path,
            line: file.lines.line(at),
            why: "not every order of the callbacks was tried",
          });
          return [...states];
        }
        const start = state.copy();
        if (!this.phases.allow(callback, start)) continue;
        const phase = callback.rule?.last ? "shutdown" : "mid-life";
        const { definition, from } = callback;
        this.executor.tell(
          start,
          { definition, caller: undefined, depth: 0 },
          definition.at,
          `${from} is called`,
        );
        const before = start.domain.phases;
        this.phases.begin(callback, start);
        const settle = (after: DeviceState, value: Value) => {
          if (callback.rule?.last) return;
          this.phases.end(callback, before, after, value);
          add(after);
        };
        this.attempt(phase, definition, start, settle, undoesPhase(callback.rule));
        spent += this.executor.steps;
      }
    }
    return [...states];
  }

  private unbind(state: DeviceState): void {
    if (!this.phases.allowRemove(state)) return;
    const held = holds(state);
    const remove = this.code.remove[0];
    if (!remove)
      return this.release("detach (no remove)", this.code.probe[0]!, this.code.probe[0]!.at, state, held);
    for (const definition of this.code.remove)
      this.attempt("remove", definition, state.copy(), (after) =>
        this.release("remove", definition, definition.at, after, held),
      );
  }

  private probeFailed(probe: CFunction, state: DeviceState): void {
    const { failure } = state;
    const relevant = holds(state) || failure !== undefined;
    const free = state.domain.freed && state.domain.managedAllocation ? lastFree(state.trace) : undefined;
    if (free) this.observer.hazard("double-owner", free, state);
    if (failure && failure !== someFailure)
      this.releaseAt(`probe fails at ${failure.what}`, failure, probe, state, relevant);
    else this.release("probe fails", probe, probe.at, state, relevant);
  }

  private release(
    path: string,
    definition: CFunction,
    at: number,
    state: DeviceState,
    relevant: boolean,
  ): void {
    const { file } = definition;
    this.releaseAt(path, { file: file.path, line: file.lines.line(at) }, definition, state, relevant);
  }

  /** devres' turn, on both cores. */
  private releaseAt(
    path: string,
    place: { readonly file: string; readonly line: number },
    definition: CFunction,
    state: DeviceState,
    relevant: boolean,
  ): void {
    this.enter("devres", true);
    const frame: Frame = { definition, caller: undefined, depth: 0 };
    const today = this.devres.unwind(state.copy(), frame, false);
    const later = this.devres.unwind(state, frame, true);
    const leaksToday = relevant ? today.find(holds) : undefined;
    const leaksLater = relevant ? later.find(holds) : undefined;
    const stale = today.find((s) => s.cells.get(`${device}.is_msi_managed`)?.signs === Sign.positive);
    if (stale) this.observer.hazard("stale-managed-flag", place, stale);
    if (leaksToday) this.observer.hazard("leaks-today", place, leaksToday);
    if (leaksLater && !leaksToday) this.observer.hazard("leaks-after-core-change", place, leaksLater);
    if (!relevant) return;
    const { enable, allocatedIn } = state.domain;
    const isManaged = enable === "managed" || enable === "mixed";
    const key = `${path}@${place.file}:${place.line}:${!leaksLater}:${!leaksToday}:${isManaged}`;
    const witness: PathWitness = [(leaksToday ?? today[0])?.trace, (leaksLater ?? later[0])?.trace];
    const known = this.releasePaths.get(key);
    const isMore = !known || (known.enable === "none" && enable !== "none");
    const byFile = known?.byFile ?? new Map<string | undefined, PathWitness>();
    if (isMore || !byFile.has(allocatedIn)) byFile.set(allocatedIn, witness);
    if (!isMore) return;
    this.releasePaths.set(key, {
      path,
      file: place.file,
      line: place.line,
      frees: !leaksLater,
      leaksToday: leaksToday !== undefined,
      leaksAfterCoreChange: leaksLater !== undefined,
      enable,
      witness,
      byFile,
    });
  }
}

/** Arguments of a callback: the device where its type says so. */
function rootArguments(definition: CFunction): Value[] {
  return definition.parameters.map(({ type }) => {
    if (type.name === device && type.pointers === 1) return pointer({ kind: "object", name: device });
    if (type.name === "device" && type.pointers === 1)
      return pointer({ kind: "object", name: `${device}.dev` });
    return unknown;
  });
}
