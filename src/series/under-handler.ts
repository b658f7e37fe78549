/** Frees under a live handler: which a patch ends, and which it leaves. */
import type { DriverResult, HazardResult } from "../audit/result.js";

export interface LiveFree {
  readonly file: string;
  readonly line: number;
  /** The function that frees. */
  readonly function: string;
  /** Who requested the handlers that still stand, and how: "devm_request_irq". */
  readonly requests: readonly { readonly function: string; readonly api: string }[];
}

/** The frees under a live handler of some drivers, one for each function that frees. */
export function liveFrees(drivers: readonly DriverResult[]): LiveFree[] {
  const found = new Map<string, LiveFree>();
  for (const { hazards } of drivers)
    for (const hazard of hazards) {
      const free = hazard.kind === "freed-under-handler" ? liveFree(hazard) : undefined;
      if (free && !found.has(keyOf(free))) found.set(keyOf(free), free);
    }
  return [...found.values()];
}

/** Those that are there before a patch and not after it. */
export function ended(before: readonly LiveFree[], after: readonly LiveFree[]): LiveFree[] {
  const left = new Set(after.map(keyOf));
  return before.filter((free) => !left.has(keyOf(free)));
}

/** What makes two of them the same, whatever lines a patch moves. */
function keyOf({ file, function: name }: LiveFree): string {
  return `${file}#${name}`;
}

function liveFree({ file, line, witness }: HazardResult): LiveFree | undefined {
  const free = witness.findLast((step) => step.file === file && step.line === line);
  if (!free) return undefined;
  const places = free.event.split(" requested at ")[1]?.split(", ") ?? [];
  const requests = witness
    .filter((step) => places.includes(`${step.file}:${step.line}`) && /request\w*irq\(\)$/.test(step.event))
    .map((step) => ({ function: step.function, api: step.event.slice(0, -2) }));
  const distinct = new Map(requests.map((request) => [`${request.api}@${request.function}`, request]));
  return { file, line, function: free.function, requests: [...distinct.values()] };
}

/** "the handler that foo() requested with devm_request_irq()". */
export function handlerOf({ requests: [first, ...others] }: LiveFree): string {
  if (!first) return "a handler";
  return others.length > 0
    ? `handlers that ${first.function}() and others requested`
    : `the handler that ${first.function}() requested with ${first.api}()`;
}

/** Whether devres frees all of the handlers, before it frees the vectors. */
export function isDevm({ requests }: LiveFree): boolean {
  return requests.length > 0 && requests.every(({ api }) => api.startsWith("devm_"));
}
