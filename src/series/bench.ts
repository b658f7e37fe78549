/**
 * Audits some drivers of a tree again and again, with one more change each time. What a change leaves alone is not
 * read twice: makefiles, and the filters that say which file may hold a name.
 */
import { auditDriver, discover } from "../audit/analysis.js";
import { Library } from "../audit/library.js";
import { parseReport } from "../audit/parse-report.js";
import { regionOf } from "../audit/regions.js";
import { strayFiles } from "../audit/strays.js";
import { fillIndex, listDriverFiles, planIndex, type TreeIndex } from "../audit/tree-index.js";
import { copyFilters, emptyFilters, type Filters } from "../kernel/identifiers.js";
import type { Tree } from "../kernel/tree.js";
import type { Core } from "../ownership/core.js";
import type { Audited } from "./undecided.js";

export class Bench {
  /** By path and stamp. */
  private readonly filters = new Map<string, Filters>();

  /** @param makefiles a tree with the makefiles that all trees audited here have */
  constructor(private makefiles: Tree) {}

  /**
   * Audits the pci_drivers that are wanted, and those with code in a changed file.
   * @param wanted "file#name" of pci_drivers
   * @param sources files of the regions to look at
   * @param changed files that differ from those of the call before
   */
  audit(
    tree: Tree,
    core: Core,
    wanted: ReadonlySet<string>,
    sources: readonly string[],
    changed: readonly string[],
  ): Audited {
    if (changed.some((path) => !/\.[ch]$/.test(path))) this.makefiles = tree;
    const index = this.indexOf(tree, [...new Set(sources.map(regionOf))]);
    const { drivers, strays } = discover(new Library(tree, index, this.makefiles));
    const asked = drivers.filter(
      ({ variable, reach }) =>
        wanted.has(`${variable.file.path}#${variable.name}`) ||
        [...reach].some((f) => changed.includes(f.file.path)),
    );
    return {
      drivers: asked.flatMap((found) => auditDriver(found, core)),
      leftOut: strayFiles(strays),
      failed: parseReport(asked, (path) => changed.includes(path)).failed,
    };
  }

  private indexOf(tree: Tree, regions: readonly string[]): TreeIndex {
    const files = new Map(listDriverFiles(tree, regions).map((file) => [file.path, file]));
    const { index } = planIndex([...files.values()]);
    for (const [i, path] of index.paths.entries()) {
      const { stamp, size } = files.get(path)!;
      const known = this.filters.get(`${path}\0${stamp}`);
      if (known) copyFilters(known, 0, 1, index.filters, i);
      else {
        fillIndex(tree, index, i, i + 1);
        const kept = emptyFilters([size]);
        copyFilters(index.filters, i, i + 1, kept, 0);
        this.filters.set(`${path}\0${stamp}`, kept);
      }
    }
    return index;
  }
}
