/** What an audit and its threads tell each other. */
import type { TreeSpec } from "../kernel/tree.js";
import type { DriverNames } from "./named-drivers.js";
import type { ParseResult } from "./parse-report.js";
import type { DriverResult } from "./result.js";
import type { LeftOut, TreeIndex } from "./tree-index.js";

/** What a thread is started with. */
export interface WorkerStart {
  readonly spec: TreeSpec;
  readonly thread: number;
  readonly threads: number;
}

/** What all threads are told first. */
export interface WorkerTask {
  readonly index: TreeIndex;
  /** The stamps of the indexed files, in their order. */
  readonly stamps: readonly string[];
  /** What all results depend on: the program and the core. */
  readonly base: string;
  /** The places in the index of the files that are still to be read. */
  readonly missing: Uint32Array;
  /** Shared: pieces of reading that were taken, and drivers. */
  readonly counters: Int32Array;
  /** The dependencies of drivers whose results are known; undefined when none are kept, so that nobody need find any. */
  readonly known: readonly string[] | undefined;
  /** As in `AuditOptions`. */
  readonly drivers: DriverNames | undefined;
  /** Whether witnesses tell which way each branch went. */
  readonly branches: boolean;
}

/** What all threads are told when the files are read: by top folder, what `reachingOut` says of its makefiles. */
export type Outreaching = ReadonlyMap<string, readonly string[]>;

export type WorkerReport =
  | { readonly kind: "read"; readonly files: number }
  /** All files that this thread took are in the index. It waits for a message to go on. */
  | { readonly kind: "indexed" }
  | {
      readonly kind: "driver";
      readonly key: string;
      /** Undefined when they are known. */
      readonly results: readonly DriverResult[] | undefined;
      readonly leftOut?: LeftOut;
      /** How many drivers there are. */
      readonly of: number;
    }
  | {
      readonly kind: "audited";
      readonly parse: ParseResult;
      readonly leftOut: readonly LeftOut[];
      /** Every thread's are the same. */
      readonly unmatched: readonly string[];
    };
