/** From the addresses in the kernel's messages to lines of the tree: System.map and addr2line on the test kernel. */
import { readFileSync } from "node:fs";
import type { Position } from "../base/position.js";
import { run } from "../base/process.js";
import type { KernelImage } from "./build.js";
import { crossPrefix } from "./tools.js";

export interface AddressRange {
  readonly start: bigint;
  readonly end: bigint;
}

/** `e1000_probe+0x1c/0x40`, as the kernel prints an entry of a call trace. */
const FRAME = /^\s+(\w[\w.]*)\+0x([0-9a-f]+)\/0x([0-9a-f]+)(?:\s|$)/;

export class Places {
  private readonly symbols = new Map<string, AddressRange[]>();

  constructor(private readonly image: KernelImage) {
    const entries = readFileSync(image.systemMap, "latin1")
      .split("\n")
      .flatMap((line) => {
        const match = /^([0-9a-f]{16}) [tTwW] (\S+)$/.exec(line);
        return match ? [{ name: match[2]!, start: BigInt(`0x${match[1]}`) }] : [];
      });
    const etext = entries.find(({ name }) => name === "_etext")?.start;
    for (const [n, { name, start }] of entries.entries()) {
      if (etext !== undefined && start >= etext) break; // beyond is code that is gone once the kernel runs
      const end = entries.slice(n + 1, n + 50).find((next) => next.start > start)?.start ?? start;
      this.symbols.set(name, [...(this.symbols.get(name) ?? []), { start, end }]);
    }
  }

  /** Where functions of that name are; static functions may share one. */
  ranges(name: string): readonly AddressRange[] {
    return this.symbols.get(name) ?? [];
  }

  /** The span from the first to the last function whose name begins so. */
  span(prefix: RegExp): AddressRange | undefined {
    const ranges = [...this.symbols]
      .filter(([name]) => prefix.test(name))
      .flatMap(([, list]) => list)
      .sort((a, b) => (a.start < b.start ? -1 : 1));
    const [first] = ranges;
    const last = ranges.at(-1);
    return first && last && { start: first.start, end: last.end };
  }

  /** The addresses of the calls in a call trace, innermost first; what is no frame is left out. */
  frames(trace: readonly string[]): readonly bigint[] {
    return trace.flatMap((line) => {
      const match = FRAME.exec(line);
      if (!match) return [];
      const size = BigInt(`0x${match[3]}`);
      const all = this.ranges(match[1]!);
      // functions are padded, so a size fits one that ends a little later
      const range = all.find(({ start, end }) => end - start >= size && end - start < size + 64n) ?? all[0];
      return range ? [range.start + BigInt(`0x${match[2]}`) - 1n] : []; // a return address is after the call
    });
  }

  /** The lines of addresses, each with those that were inlined into it, innermost first. */
  async lines(addresses: readonly bigint[]): Promise<ReadonlyMap<bigint, readonly Position[]>> {
    const lines = new Map<bigint, Position[]>();
    if (addresses.length === 0) return lines;
    const unique = [...new Set(addresses)];
    const { stdout } = await run(`${crossPrefix}addr2line`, ["-e", this.image.vmlinux, "-a", "-i"], {
      input: `${unique.map((address) => `0x${address.toString(16)}`).join("\n")}\n`,
    });
    let current: Position[] = [];
    for (const text of stdout.toString("latin1").split("\n")) {
      if (/^0x[0-9a-f]+$/.test(text)) {
        current = [];
        lines.set(BigInt(text), current);
        continue;
      }
      const match = /^(.*):(\d+)(?: \(discriminator \d+\))?$/.exec(text);
      if (match) current.push({ file: inTree(match[1]!), line: Number(match[2]) });
    }
    return lines;
  }
}

/** The folder that kernels are compiled from, in any cache: one that was copied names the cache that it comes from. */
const SOURCE = /^.*\/boot\/[0-9a-f]{16}\/source\//;

/** A file of the debug information by its path from the tree's root. */
export const inTree = (path: string): string => path.replace(SOURCE, "");
