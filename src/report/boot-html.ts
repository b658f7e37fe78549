/** A report of the test machine as one page without scripts; a table where the report is one of claims. */
import type { ClaimVerdict } from "../boot/claims.js";
import type { ClaimsReport } from "../boot/sessions.js";
import type { BootReport } from "./boot.js";
import { decided, effort, titleOf, traceLines, troubleLines } from "./boot-text.js";

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]!);

/** @param text the report as text, which the page shows where there is no table for it. */
export function bootHtml(report: BootReport, text: string): string {
  const title = `treewide boot: ${titleOf(report.tree)}`;
  const body =
    report.schema === "treewide.boot-claims/1" ? claimsTable(report) : `<pre>${escaped(text)}</pre>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
body { font: 15px/1.45 system-ui, sans-serif; margin: 2em auto; max-width: 80em; padding: 0 1em; color: #222; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #bbb; padding: .4em .6em; text-align: left; vertical-align: top; }
pre { overflow-x: auto; }
td.fault strong { color: #a40000; }
td p { margin: .2em 0 0; font-size: .85em; color: #555; overflow-wrap: anywhere; }
</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${body}
</body>
</html>
`;
}

function claimsTable({ claims, cores }: ClaimsReport): string {
  const head = cores.map(({ core }) => `<th scope="col">${escaped(core)}</th>`).join("");
  const rows = claims.map((claim) => {
    const cells = cores.map(({ verdicts }) => {
      const one = verdicts.find((verdict) => verdict.claim === claim.id)!;
      const bad = claim.fault && one.verdict === "holds";
      return `<td${bad ? ' class="fault"' : ""}><strong>${one.verdict.replaceAll("-", " ")}</strong><p>${escaped(one.shown)}</p>${trace(one)}</td>`;
    });
    return `<tr><th scope="row">${escaped(claim.title)}</th>${cells.join("")}</tr>`;
  });
  return `<p>Each claim was run on a booted kernel of each core.</p>
<table>
<thead><tr><th scope="col">claim</th>${head}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody>
</table>
<pre>${escaped(cores.flatMap((core) => [`${core.core}: ${effort(core)}`, ...troubleLines(core, decided(core))]).join("\n"))}</pre>`;
}

function trace(verdict: ClaimVerdict): string {
  const lines = traceLines(verdict);
  return lines.length === 0
    ? ""
    : `<details><summary>trace</summary><p>${lines.map(escaped).join("<br>")}</p></details>`;
}
