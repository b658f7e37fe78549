/** Configurations in which a file may compile, the likeliest first; and configurations without a symbol. */
import { type KconfigSymbols, parseKconfig } from "../../kernel/kconfig-parse.js";
import { type KconfigValues, solveKconfig } from "../../kernel/kconfig-solve.js";
import type { Tree } from "../../kernel/tree.js";
import { ARCHITECTURES, type Architecture } from "./architecture.js";
import type { Configuration } from "./job.js";

/** Everything as a module on the architecture that most people have. */
export const FIRST: Configuration = { architecture: ARCHITECTURES[0]!.name, set: [] };

/** Other architectures tried for a file: its dependencies seldom name more, and each costs a configuration. */
const MOST = 2;

export class Configurations {
  private readonly kconfigs = new Map<string, KconfigSymbols>();

  constructor(private readonly tree: Tree) {}

  /**
   * What to try for a file in turn: everything as a module on x86_64; the same on the architectures that its
   * dependencies name; then with the symbols that it needs turned on.
   * @param needs symbols, with CONFIG_.
   */
  candidates(file: string, needs: readonly string[]): readonly Configuration[] {
    const own = /^arch\/([\w-]+)\//.exec(file)?.[1];
    const named = this.able(
      own,
      needs.map((symbol) => symbol.replace(/^CONFIG_/, "")),
    );
    const all = [
      ...(own === undefined ? [FIRST] : []),
      ...named.map(({ name }) => ({ architecture: name, set: [] })),
      ...named
        .filter(({ set }) => set.size > 0)
        .map(({ name, set }) => ({ architecture: name, set: sorted(set) })),
    ];
    return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
  }

  /** Architectures on which the symbols can be on, and what to set for it: only the first one, when that is x86_64. */
  private able(folder: string | undefined, wanted: readonly string[]) {
    const found: { readonly name: string; readonly set: KconfigValues }[] = [];
    for (const one of ARCHITECTURES) {
      if (folder !== undefined && one.folder !== folder) continue;
      const set = this.solve(one, wanted);
      if (set) found.push({ name: one.name, set });
      else if (folder !== undefined) found.push({ name: one.name, set: new Map() });
      if (found[0]?.name === FIRST.architecture || found.length === MOST) break;
    }
    return found;
  }

  /** Everything as a module, but for a symbol and all that would select it. */
  without(symbol: string, architecture = FIRST.architecture): Configuration {
    const symbols = this.kconfig(ARCHITECTURES.find(({ name }) => name === architecture)!);
    const off = new Set([symbol]);
    for (const one of off)
      for (const [name, definitions] of symbols)
        if (definitions.some(({ selects }) => selects.some((select) => select.symbol === one))) off.add(name);
    return { architecture, set: sorted(new Map([...off].map((name) => [name, "n"]))) };
  }

  /** Whether the symbol can be set or unset at all on that architecture. */
  knows(symbol: string, architecture = FIRST.architecture): boolean {
    return this.kconfig(ARCHITECTURES.find(({ name }) => name === architecture)!).has(symbol);
  }

  private solve(architecture: Architecture, wanted: readonly string[]): KconfigValues | undefined {
    const known = new Map(architecture.symbols.map((symbol): [string, "y"] => [symbol, "y"]));
    const solution = solveKconfig(this.kconfig(architecture), wanted, known);
    return solution.solved ? solution.set : undefined;
  }

  private kconfig({ folder }: Architecture): KconfigSymbols {
    let symbols = this.kconfigs.get(folder);
    if (!symbols) {
      symbols = parseKconfig((path) => this.tree.read(path)?.toString("latin1"), folder);
      this.kconfigs.set(folder, symbols);
    }
    return symbols;
  }
}

function sorted(values: KconfigValues): Configuration["set"] {
  return [...values].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
