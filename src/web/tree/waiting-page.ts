/** What stands in for the pages of a tree until its first audit has ended. */
import type { Bench, BenchTree } from "../bench.js";
import { jobPanel } from "../jobs/panel.js";
import { type Html, html, page } from "../shell.js";
import { otherTrees } from "./other-trees.js";

export function waitingPage({ name, tree, jobId }: BenchTree, bench: Bench): Html {
  const job = jobId === undefined ? undefined : bench.jobs.get(jobId);
  const open = job !== undefined && job.endedAt === null;
  return page(
    {
      title: `${name}: not audited yet`,
      look: "bench",
      part: "Drivers",
      scripts: ["job"],
      navigation: [[name, `/tree/${name}/`]],
      ...(open ? { refresh: 2 } : {}),
    },
    html`<h1>Linux ${tree.version} <small>${name}</small></h1>
<p class="soft">${otherTrees([...bench.trees.keys()], name)}</p>${
      job === undefined
        ? html`<p>This tree has not been audited yet: <a href="/jobs/">start an audit</a>.</p>`
        : html`<p>${open ? "The audit is under way; this page shows its result when it ends." : "The audit did not end well."}</p>${jobPanel(job)}`
    }`,
  );
}
