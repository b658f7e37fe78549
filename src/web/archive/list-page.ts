/** The newest threads of an archive, and what a search found. */

import type { Archive, Entry, Hit } from "../../archive/archive.js";
import { prefixes } from "../../archive/prefixes.js";
import { plural } from "../../base/plural.js";
import { escapeHtml, type Html, html, page, raw, segment, utc } from "../shell.js";
import { stamp } from "./message-page.js";

const perPage = 200;

const frame = (archive: Archive, value: string) => ({
  navigation: [
    [archive.name, "./"],
    ["help", "_/text/help/"],
    ["mirror", "_/text/mirror/"],
    ["Atom feed", "new.atom"],
  ] as const,
  feed: "new.atom",
  search: { action: "./", value },
});

/** All archives, and the way to earlier efforts. */
export function indexPage(archives: readonly Archive[]): Html {
  return page(
    { title: "Archives", look: "bench", part: "Archives" },
    html`<h1>Archives</h1>${
      archives.length === 0
        ? html`<p>No archive yet. Add one: <code>treewide archive add NAME SOURCE</code>, then start the server again.</p>`
        : html`<ul>${archives.map((archive) => html`<li><a href="/${archive.name}/">${archive.name}</a> <span class="soft">${plural(archive.count(), "message")}</span></li>`)}</ul>`
    }${priorForm("")}`,
  );
}

export function priorForm(value: string): Html {
  return html`<form class="filter" action="/archives/prior" role="search"><label>Earlier efforts at <input type="search" name="q" value="${value}" placeholder="pcim_alloc_irq_vectors drivers/pci/devres.c" size="48"></label><button>look</button></form>`;
}

/** Messages received up to a moment, newest first, by thread. */
export function newestPage(archive: Archive, before: number): Html {
  const entries = archive.newest(before, perPage);
  const threads = new Map<number, Entry[]>();
  for (const entry of entries) {
    const thread = threads.get(entry.thread);
    if (thread) thread.push(entry);
    else threads.set(entry.thread, [entry]);
  }
  const oldest = entries.at(-1)?.received;
  return page({ title: archive.name, ...frame(archive, "") }, [
    html`<h1>${archive.name}</h1>`,
    ...[...threads.values()].map((thread) => {
      const first = thread.at(-1)!;
      return html`<article><a href="${segment(first.messageId)}/t/"><strong>${first.subject || "(no subject)"}</strong></a>
<ul class="plain">${thread.map(line)}</ul></article>`;
    }),
    oldest !== undefined && entries.length === perPage
      ? html`<p>page: <a rel="next" href="?t=${stamp(oldest - 1)}">next (older)</a> | <a href="./">newest</a></p>`
      : html``,
  ]);
}

const line = (entry: Entry) =>
  html`<li>${utc(entry.date)} UTC <a href="${segment(entry.messageId)}/">${entry.subject || "(no subject)"}</a> <span class="soft">${entry.from}</span></li>`;

const hitLine = (entry: Hit) =>
  `<li><a href="${escapeHtml(segment(entry.messageId))}/"><strong>${escapeHtml(entry.subject || "(no subject)")}</strong></a><br><span class="soft">by ${escapeHtml(entry.from)} @ ${utc(entry.date)} UTC</span></li>`;

export interface SearchAsked {
  readonly query: string;
  readonly offset: number;
  readonly relevance: boolean;
}

/** @throws UsageError when the query cannot be read. */
export function searchPage(archive: Archive, { query, offset, relevance }: SearchAsked): Html {
  const { total, hits } = archive.hits(query, relevance ? "relevance" : "time", offset, perPage);
  const other = (more: string) => `?q=${encodeURIComponent(query)}${more}`;
  const order = relevance
    ? html`<a href="${other("")}">date</a>|relevance`
    : html`date|<a href="${other("&r")}">relevance</a>`;
  const sorted = relevance ? "&r" : "";
  return page({ title: `${query} - search results`, ...frame(archive, query) }, [
    html`<h1>Search results</h1><p>${total === 0 ? "No results" : html`Results ${offset + 1}-${offset + hits.length} of ${total}`}
for <strong>${query}</strong> [${order}] <a href="${other("&x=A")}">Atom feed</a></p>
<form method="post" action="${other("&x=m")}"><button>download mbox.gz</button></form>`,
    html`<ol start="${offset + 1}">${raw(hits.map(hitLine).join(""))}</ol>`,
    html`<p>${offset > 0 ? html`<a rel="prev" href="${other(`${sorted}&o=${Math.max(0, offset - perPage)}`)}">prev</a> ` : ""}${
      offset + perPage < total
        ? html`<a rel="next" href="${other(`${sorted}&o=${offset + perPage}`)}">next</a>`
        : ""
    }</p>`,
  ]);
}

export function helpPage(archive: Archive): Html {
  return page({ title: "help", navigation: [[archive.name, "../../../"]] }, [
    html`<h1>Search</h1><p>Words, "phrases", begin*, AND OR NOT, +must -not, parentheses, and these prefixes:</p>
<dl class="mail">${Object.entries(prefixes).map(([name, { help }]) => html`<dt>${name}:</dt><dd>${help}</dd>`)}</dl>
<h1>Addresses</h1><dl class="mail">
<dt>MSGID/</dt><dd>a message</dd><dt>MSGID/raw</dt><dd>as it was received</dd><dt>MSGID/t/</dt><dd>its thread, nested</dd>
<dt>MSGID/T/</dt><dd>its thread, by date</dd><dt>MSGID/t.mbox.gz</dt><dd>its thread as an mbox</dd>
<dt>MSGID/t.atom</dt><dd>its thread as a feed</dd><dt>new.atom</dt><dd>the newest messages as a feed</dd></dl>`,
  ]);
}

/** @param origin of the server, for commands to copy. */
export function mirrorPage(archive: Archive, origin: string): Html {
  const base = `${origin}/${archive.name}`;
  const clones = archive
    .repositories()
    .map((_, epoch) => `  git clone --mirror ${base}/${epoch} ${archive.name}/git/${epoch}.git\n`);
  return page({ title: "mirror", navigation: [[archive.name, "../../../"]] }, [
    html`<h1>Mirror this archive</h1>${
      clones.length > 0
        ? html`<pre>${clones}</pre>`
        : html`<p>This archive is not kept in git: fetch its messages as mbox.gz from a search or a thread.</p>`
    }<p>With treewide:</p><pre>  treewide archive add ${archive.name} ${base}/</pre>
<p>With b4:</p><pre>  git config b4.midmask '${base}/%s'</pre>`,
  ]);
}
