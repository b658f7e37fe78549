/**
 * For an allocation that has no managed counterpart: a devres action of the driver's own, added right after it. Only
 * for the patch with the core change: before it, the automatic release would be a second one.
 */
import { basename } from "node:path";
import { lineAt, lineEnd } from "../edit.js";
import type { Conversion } from "./conversion.js";
import { checkResult } from "./result.js";
import { isReadAfter, successOf } from "./value.js";

export const ownAction: Conversion = {
  name: "own-action",
  apis: ["pci_enable_msix_range", "pci_enable_msix_exact"],
  convert(site) {
    const { body, call } = site;
    const { text } = body.file;
    const checked = checkResult(site, true);
    if ("why" in checked) return checked;
    const { onFailure, variable } = checked;
    if (!onFailure || !variable) return { why: "the place where it has succeeded is not clear" };
    if (isReadAfter(body, variable, successOf(site, onFailure)))
      return { why: `${variable} holds the number of vectors, and is used later` };
    const statement = text.slice(body.start(onFailure.from), body.end(onFailure.to));
    if (!/^(goto|return)\b/.test(statement)) return { why: "what it does on failure is more than a jump" };
    const [device] = body.argumentTexts(call + 1);
    const end = lineEnd(text);
    const name = `${basename(body.file.path, ".c").replace(/\W/g, "_")}_free_irq_vectors`;
    const indent = /^[ \t]*/.exec(text.slice(lineAt(text, body.start(call)).start))![0];
    const after = lineAt(text, body.start(onFailure.to)).end;
    const before = startOfFunction(text, body.definition.at);
    return [
      {
        at: before,
        end: before,
        text: [
          "static void ",
          name,
          "(void *pdev)",
          end,
          "{",
          end,
          "\tpci_free_irq_vectors(pdev);",
          end,
          "}",
          end,
          end,
        ].join(""),
      },
      {
        at: after,
        end: after,
        text: [
          "",
          `${indent}${variable} = devm_add_action_or_reset(&${device}->dev, ${name}, ${device});`,
          `${indent}if (${variable})`,
          `${indent}\t${statement}`,
          "",
        ].join(end),
      },
    ];
  },
};

/** Before the function's comment, if it has one: after the empty line above. */
function startOfFunction(text: string, at: number): number {
  const gap = text.slice(0, at).search(/\n\r?\n(?![\s\S]*\n\r?\n)/);
  return gap === -1 ? 0 : gap + /^\n\r?\n/.exec(text.slice(gap))![0].length;
}
