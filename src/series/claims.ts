/** What a patch's message says of the code, where executing the code can tell whether it is so. */

import { coreOf } from "../audit/analysis.js";
import type { Tree } from "../kernel/tree.js";
import { equivalent } from "./core-equivalence.js";
import { callCore, coreCalls, freshMoment } from "./core-life.js";

export interface Claim {
  /** The sentence, as written. */
  readonly text: string;
  readonly holds: boolean;
  /** How that was decided. */
  readonly why: string;
}

export interface ClaimContext {
  /** The tree with this patch. */
  readonly tree: Tree;
  /** The tree without this patch. */
  readonly before: Tree;
  /** Whether the patch removed a hazard of these kinds from any driver. */
  readonly removedKinds: ReadonlySet<string>;
}

interface Rule {
  readonly says: RegExp;
  decide(context: ClaimContext): Omit<Claim, "text"> | undefined;
}

/** Each sentence must speak of vectors: a driver has other things to free, and other uses of pcim_enable_device(). */
const rules: readonly Rule[] = [
  {
    says: /pcim_enable_device\(\)(?: \w+){0,3} (?:no longer|not any ?more|stops?)\b[^.,;]*\b(?:vectors?|MSI)\b|\b(?:no longer|stops?)\b[^.,;]*\b(?:automatically (?:manag|fre|releas)|(?:manag|fre|releas)\w+ automatically)[^.,;]*\b(?:vectors?|MSI)\b/i,
    decide: ({ tree }) => {
      const releases = automaticRelease(tree);
      return releases
        ? { holds: false, why: `at this commit the core still does: ${releases}` }
        : { holds: true, why: "the core, executed, registers no release for a plain allocation" };
    },
  },
  {
    says: /\bno functional change/i,
    decide: ({ tree, before }) => {
      const result = equivalent(coreOf(before), coreOf(tree), "plain");
      return result.same
        ? undefined
        : { holds: false, why: `the core behaves differently: ${result.difference}` };
    },
  },
  {
    says: /^(?=.*\b(?:vectors?|MSI(?:-X)?|pci_free_irq_vectors|pci_disable_msix?)\b).*\b(fix(es|ed)?|avoids?|prevents?|can lead to)\b[^.]*\bdouble[- ]free/i,
    decide: ({ before }) =>
      secondFreeDoesNothing(before)
        ? {
            holds: false,
            why: "in this core a second pci_free_irq_vectors() returns at once: it is a second call, no double free",
          }
        : undefined,
  },
];

/** The claims of a message that can be decided; sentences that cannot are left out. */
export function checkClaims(message: string, context: ClaimContext): Claim[] {
  const sentences = message.replace(/\s+/g, " ").split(/(?<=[.!?])\s+(?=[A-Z])/);
  return sentences.flatMap((text) =>
    rules.flatMap((rule) => {
      const decided = rule.says.test(text) ? rule.decide(context) : undefined;
      return decided ? [{ text, ...decided }] : [];
    }),
  );
}

/** What shows that a plain allocation on a managed device is still released by devres; undefined when it is not. */
function automaticRelease(tree: Tree): string | undefined {
  const core = coreOf(tree);
  const calls = coreCalls(core);
  const enable = calls.find(({ api }) => api === "pcim_enable_device");
  const allocate = calls.find(({ api }) => api === "pci_alloc_irq_vectors");
  if (!enable || !allocate) return undefined;
  for (const enabled of callCore(core, enable, freshMoment(core)))
    for (const end of callCore(
      core,
      { ...allocate, ...calls.find(({ label }) => label === "pci_alloc_irq_vectors(PCI_IRQ_MSIX)") },
      enabled,
    )) {
      const action = end.state.domain.devres.find(({ automatic }) => automatic);
      if (action)
        return `pci_alloc_irq_vectors() after pcim_enable_device() registers ${action.name}() at ${action.from}`;
    }
  return undefined;
}

function secondFreeDoesNothing(tree: Tree): boolean {
  const core = coreOf(tree);
  const free = coreCalls(core).find(({ api }) => api === "pci_free_irq_vectors");
  if (!free) return false;
  const fresh = freshMoment(core);
  return callCore(core, free, fresh).every(({ state }) => state.key() === fresh.state.key());
}
