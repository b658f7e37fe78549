/** Pages put together from what the index keeps are those that would be drawn from the mails. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test, vi } from "vitest";
import type { Archive, Entry } from "../../src/archive/archive.js";
import { type Listed, shelfPath } from "../../src/archive/listing.js";
import { articleHtml, articleId } from "../../src/archive/record.js";
import { indexPath } from "../../src/archive/registry.js";
import { orderedThread } from "../../src/archive/thread-lines.js";
import { updateArchive } from "../../src/archive/update.js";
import { segment } from "../../src/mail/html.js";
import { mboxrdEntry } from "../../src/mail/mbox.js";
import { overview } from "../../src/web/archive/overview.js";
import { threadPage } from "../../src/web/archive/thread-page.js";
import { removeTestArchives, testArchive, testCache } from "../archive/fixture.js";

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
afterAll(removeTestArchives);

const date = (n: number) => new Date(Date.UTC(2021, 2, 1) + n * 60_000).toUTCString();
interface Mail {
  readonly id: string;
  readonly at: number;
  readonly parent?: string;
  readonly subject?: string;
  readonly size?: number;
}
const mail = ({ id, at, parent, subject = "Grüße <b>", size = 40 }: Mail) =>
  mboxrdEntry(
    Buffer.from(
      `From: Ä & Co <author@x>\nSubject: ${subject}\nDate: ${date(at)}\nMessage-ID: <${id}>\n${parent === undefined ? "" : `In-Reply-To: <${parent}>\n`}\n${`body of ${id} <>&\n`.repeat(size)}`,
    ),
  );

/** A thread whose reading order is not that of dates: each mail answers one of three before it. */
const thread = (name: string, count: number, more: Partial<Mail> = {}): Mail[] =>
  Array.from({ length: count }, (_, n) => ({
    id: `${name}${n}@x`,
    at: (n * 7) % count,
    ...(n > 0 ? { parent: `${name}${Math.floor((n - 1) / 3)}@x` } : {}),
    ...(n % 5 === 0 ? { subject: `[PATCH ${n}/${count}] ${name}%/?` } : {}),
    ...more,
  }));

async function archiveOf(name: string, mails: readonly Mail[]): Promise<Archive> {
  const path = join(testCache(), `${name}.mbox`);
  writeFileSync(path, Buffer.concat(mails.map(mail)));
  return testArchive(name, path);
}

const drawn = (archive: Archive, id: string, flat: boolean, from?: number, judgedOn?: string) =>
  gunzipSync(threadPage(archive, { ids: [id], flat, from, judgedOn })!).toString();

/** The articles and the overview of the whole thread, drawn from its mails. */
function expected(archive: Archive, asked: Entry, flat: boolean, shown: readonly Listed[]) {
  const placed = orderedThread(archive.listing(asked.thread));
  const here = new Set(shown.map(({ id }) => id));
  const lines = overview(placed, asked.id, ({ id, messageId, hash }) =>
    here.has(id) ? `#${articleId(hash)}` : `../../${segment(messageId)}/`,
  );
  const articles = archive
    .byIds(shown.map(({ id }) => id))
    .map(
      (entry) =>
        `${entry.id === asked.id ? '<span id="u"></span>' : ""}${articleHtml(archive.message(entry), entry.hash)}`,
    );
  return { lines: String(lines), articles: articles.join(""), flat };
}

/** A thread's messages in the order of a page. */
function ordered(archive: Archive, asked: Entry, flat: boolean): readonly Listed[] {
  const order = orderedThread(archive.listing(asked.thread)).map(({ message }) => message.entry);
  return flat ? [...order].sort((a, b) => a.date - b.date) : order;
}

test.each([1, 3, 64, 65, 70, 100])("a thread of %i messages is one page, nested and flat", async (count) => {
  const archive = await archiveOf(`whole${count}`, thread("w", count));
  for (const id of new Set(["w0@x", `w${count >> 1}@x`, `w${count - 1}@x`]))
    for (const flat of [false, true])
      for (const from of [undefined, 0, 2]) {
        const [asked] = archive.byMessageId(id) as [Entry];
        const page = drawn(archive, id, flat, from);
        const { lines, articles } = expected(archive, asked, flat, ordered(archive, asked, flat));
        expect(page).toContain(lines);
        expect(page).toContain(articles);
        expect(page).toContain(`overview: ${count}+ messages`);
      }
});

test.each([
  [130, 40],
  [60, 500],
])(
  "a thread of %i messages of %i lines is several pages, that show each message once",
  async (count, size) => {
    const archive = await archiveOf(`long${count}`, thread("l", count, { size }));
    for (const flat of [false, true]) {
      const [asked] = archive.byMessageId(`l${count - 2}@x`) as [Entry];
      const order = ordered(archive, asked, flat);
      let next = 0;
      for (let from: number | undefined = 0; from !== undefined; ) {
        const page = drawn(archive, asked.messageId, flat, from);
        const more = /<a rel="next" href="\?o=(\d+)">/.exec(page);
        next = more ? Number(more[1]) : count;
        const { lines, articles } = expected(archive, asked, flat, order.slice(from, next));
        expect(page).toContain(lines);
        expect(page).toContain(articles);
        expect(page.match(/<article/g)).toHaveLength(next - from);
        expect(page.length).toBeLessThan(300_000);
        from = more ? next : undefined;
      }
      expect(next).toBe(count);
      expect(drawn(archive, asked.messageId, flat)).toContain('<span id="u"></span><article');
    }
  },
);

test("mails that come one by one, join threads, and have long subjects", async () => {
  const mails: Mail[] = [
    { id: "first@x", at: 5, subject: `[PATCH] ${"long subject ".repeat(6_000)}` },
    { id: "b@x", at: 1, parent: "never@x" },
    { id: "c@x", at: 9, parent: "b@x" },
    { id: "d@x", at: 3, parent: "first@x" },
    { id: "never@x", at: 7, parent: "first@x" },
  ];
  const archive = await archiveOf("grows", mails.slice(0, 1));
  for (let n = 2; n <= mails.length; n++) {
    writeFileSync(join(testCache(), "grows.mbox"), Buffer.concat(mails.slice(0, n).map(mail)));
    await updateArchive("grows", false, () => {});
    for (const { id } of mails.slice(0, n)) {
      const [asked] = archive.byMessageId(id) as [Entry];
      const { lines, articles } = expected(archive, asked, false, ordered(archive, asked, false));
      expect(drawn(archive, id, false)).toContain(lines);
      expect(drawn(archive, id, false)).toContain(articles);
    }
  }
  expect(drawn(archive, "c@x", false, undefined, "a tree")).toContain("judge this series on a tree");
  expect(drawn(archive, "c@x", false, undefined, "a tree")).toContain('name="id" value="c@x"');
});

test("of a source that was rewritten nothing stays, and its room is used again", async () => {
  const archive = await archiveOf("rewritten", thread("old", 9, { size: 600 }));
  const shelf = () => readFileSync(shelfPath(indexPath("rewritten")));
  const before = shelf().length;
  for (const name of ["new", "newer", "newest"]) {
    writeFileSync(
      join(testCache(), "rewritten.mbox"),
      Buffer.concat(thread(name, 9, { size: 600 }).map(mail)),
    );
    expect((await updateArchive("rewritten", false, () => {})).rewritten).toHaveLength(1);
    const [asked] = archive.byMessageId(`${name}4@x`) as [Entry];
    expect(drawn(archive, `${name}4@x`, false)).toContain(
      expected(archive, asked, false, ordered(archive, asked, false)).articles,
    );
    expect(shelf().length).toBeLessThan(2 * before);
  }
});
