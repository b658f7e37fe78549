/** What is known of a pci_driver's code before it is executed. */
import type { CFunction, SourceFile } from "../c/source.js";
import type { Expression } from "../c/syntax.js";
import type { Program } from "../exec/program.js";
import type { CallbackRule } from "./callbacks.js";

export interface Callback {
  readonly definition: CFunction;
  /** How it is reached: "net_device_ops.ndo_open", "INIT_WORK". */
  readonly from: string;
  readonly rule: CallbackRule | undefined;
  /** The call in followed code that registers it, "INIT_WORK": before it was made, nobody calls back. */
  readonly registrar: string | undefined;
  /** Runs once for each time it is registered. */
  readonly once: boolean;
  /** Nobody calls back before one of these calls was made; empty: whenever. */
  readonly after: readonly string[];
  /** It is called within these calls and at no other time; empty: by itself. */
  readonly within: readonly string[];
}

/** What is known of one pci_driver's code. */
export interface DriverCode {
  /** From the most precise to the plainest: the next one serves where a limit is hit. */
  readonly programs: readonly [full: Program, plain: Program, plainest: Program];
  readonly probe: readonly CFunction[];
  /** The devices that it is for, where they are few and probe asks. */
  readonly ids: readonly DeviceId[];
  readonly remove: readonly CFunction[];
  readonly callbacks: readonly Callback[];
  /** The files with the allocations that it can reach. */
  readonly allocatingFiles: ReadonlySet<string>;
  /** How much code the functions are that matter. */
  readonly tokens: number;
}

/** An entry of an id_table: what `struct pci_device_id` holds when probe is called. */
export interface DeviceId {
  readonly fields: ReadonlyMap<string, Expression>;
  readonly file: SourceFile;
}
