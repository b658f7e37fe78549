/** The log of one make, taken apart: what was said while each object was made. */

/** What Kbuild prints before it runs a command: `  CC [M]  drivers/ata/ahci.o` (scripts/Kbuild.include, "quiet_"). */
const COMMAND = /^ {2}([A-Z][A-Z0-9_]*)(?: \[M\]| \[R\])? +(\S+)$/;
/** Who made the directory change known, and that a target failed; said again by every make above. */
const FROM_MAKE = /^make(?:\[\d+\])?: /;
const FAILED = /^make(?:\[\d+\])?: \*\*\* \[\S*?:\d+: (\S+)\] Error /;
const NO_RULE = /^make(?:\[\d+\])?: \*\*\* No rule to make target '([^']+)'/;

export interface MakeLog {
  /** By object: what followed its command up to the next one. */
  readonly output: ReadonlyMap<string, string>;
  readonly failed: ReadonlySet<string>;
  readonly noRule: ReadonlySet<string>;
  /** What make said itself and what no command explains: why nothing was built, when nothing was. */
  readonly rest: string;
}

/**
 * Reads the log of a make with `--output-sync=target`, whose lines about one target stand together.
 * @param source the folder of the sources, which is cut off where paths start with it.
 */
export function parseMakeLog(text: string, source: string): MakeLog {
  const groups = new Map<string, string[]>();
  const failed = new Set<string>();
  const noRule = new Set<string>();
  const rest: string[] = [];
  let group: string[] | undefined;
  for (const line of text.replaceAll(`${source}/`, "").split("\n")) {
    const command = COMMAND.exec(line);
    if (command) {
      group = groups.get(command[2]!) ?? [];
      groups.set(command[2]!, group);
      continue;
    }
    if (FROM_MAKE.test(line)) {
      const target = FAILED.exec(line)?.[1];
      if (target) failed.add(target);
      const missing = NO_RULE.exec(line)?.[1];
      if (missing) noRule.add(missing);
      if (line.includes("***")) rest.push(line);
    } else if (line.trim()) (group ?? rest).push(line);
  }
  return {
    output: new Map([...groups].map(([object, lines]) => [object, lines.join("\n")])),
    failed,
    noRule,
    rest: rest.join("\n"),
  };
}

/** How many of some objects a log that still grows tells of; for progress. */
export function startedIn(text: string, objects: ReadonlySet<string>): number {
  return text.split("\n").filter((line) => objects.has(COMMAND.exec(line)?.[2] ?? "")).length;
}
