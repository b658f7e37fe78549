/**
 * Whose code can run for a driver's devices: its module's own, that of modules whose exported symbols it uses, as depmod
 * finds them, of those that use its own, and of those that announce themselves when they are loaded and drive no PCI
 * device themselves. A table that any other module fills in is for other devices, however its fields are named.
 */
import type { KernelModule } from "../kernel/kbuild.js";
import type { Library } from "./library.js";
import { placesOf } from "./name-uses.js";

type Links = ReadonlyMap<KernelModule, ReadonlySet<KernelModule>>;

export class Linking {
  private readonly links = new Map<string, Links>();
  private readonly reachable = new Map<string, ReadonlySet<KernelModule>>();

  private readonly answers = new Map<string, boolean>();

  constructor(private readonly library: Library) {}

  /**
   * Whether what stands in one file may run for a driver of another.
   * @param home the folder in which both modules, and those that link them, are looked for
   */
  together(driver: string, other: string, home: string): boolean {
    if (driver === other) return true;
    const key = `${driver}:${other}:${home}`;
    let answer = this.answers.get(key);
    if (answer === undefined) {
      answer = this.areTogether(this.library.modulesOf(driver), this.library.modulesOf(other), home);
      this.answers.set(key, answer);
    }
    return answer;
  }

  private areTogether(ours: readonly KernelModule[], theirs: readonly KernelModule[], home: string): boolean {
    if (ours.length === 0 || theirs.length === 0 || ours.some((module) => theirs.includes(module)))
      return true;
    return (
      theirs.some((module) => this.announcesItself(module)) ||
      ours.some((module) => theirs.some((to) => this.from(module, home).has(to))) ||
      theirs.some((module) => ours.some((to) => this.from(module, home).has(to)))
    );
  }

  /** Whether a module does something when it is loaded, other than to drive PCI devices. */
  private announcesItself({ files }: KernelModule): boolean {
    const texts = files.map((path) => this.library.text(path) ?? "");
    return (
      texts.some((text) => /^(module_init|\w+_initcall|module_\w*driver)\(/m.test(text)) &&
      !texts.some((text) => /\bstruct pci_driver \w+ = \{/.test(text))
    );
  }

  /** The modules that are loaded when one is. */
  private from(module: KernelModule, home: string): ReadonlySet<KernelModule> {
    const key = `${home}:${module.makefile}:${module.name}`;
    let found = this.reachable.get(key);
    if (!found) {
      const links = this.linksIn(home);
      const all = new Set([module]);
      for (const one of all) for (const next of links.get(one) ?? []) all.add(next);
      found = all;
      this.reachable.set(key, found);
    }
    return found;
  }

  /** For each module with sources below a folder, those of which it names an exported symbol. */
  private linksIn(home: string): Links {
    let links = this.links.get(home);
    if (!links) {
      links = this.linkAll(home);
      this.links.set(home, links);
    }
    return links;
  }

  private exportsOf(path: string): string[] {
    const text = this.library.text(path);
    if (!text?.includes("EXPORT_SYMBOL")) return [];
    return [...text.matchAll(/^\s*EXPORT_SYMBOL\w*\(\s*(\w+)/gm)].map(([, symbol]) => symbol!);
  }

  private linkAll(home: string): Links {
    const { library } = this;
    const modules = new Set(library.below(home).flatMap((path) => library.modulesOf(path)));
    const exporters = new Map<string, KernelModule>();
    for (const module of modules)
      for (const path of module.files)
        for (const symbol of this.exportsOf(path)) exporters.set(symbol, module);
    const elsewhere = [...modules].flatMap(({ files }) => files).filter((path) => !path.startsWith(home));
    const named = new Map<string, KernelModule[]>();
    for (const [symbol, exporter] of exporters)
      for (const path of [...library.mentioning(symbol, home), ...library.among(symbol, elsewhere)]) {
        if (placesOf(library.text(path) ?? "", symbol).length === 0) continue;
        const list = named.get(path);
        if (list) list.push(exporter);
        else named.set(path, [exporter]);
      }
    const links = new Map<KernelModule, Set<KernelModule>>();
    for (const module of modules) {
      const to = new Set(module.files.flatMap((path) => named.get(path) ?? []));
      to.delete(module);
      links.set(module, to);
    }
    return links;
  }
}
