/** The index's tables. Everything in them can be made again from the sources. */
import type { Database } from "../base/database.js";
import { columns } from "./columns.js";

/** Part of the file's name: an index of another version is left alone and made anew. */
export const indexVersion = 5;

const tables = `
CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  kind TEXT NOT NULL,
  location TEXT NOT NULL UNIQUE,
  state TEXT
);
-- Every Message-ID that is known, also of mails that only others refer to; thread is shared by connected ids.
CREATE TABLE node (
  id INTEGER PRIMARY KEY,
  mid TEXT NOT NULL UNIQUE,
  thread INTEGER NOT NULL
);
CREATE INDEX node_thread ON node(thread);
CREATE TABLE message (
  id INTEGER PRIMARY KEY AUTOINCREMENT,  -- only grows: readers remember what they know of an id (times.ts)
  source INTEGER NOT NULL,
  locator TEXT NOT NULL,
  node INTEGER NOT NULL,
  refs TEXT NOT NULL,           -- nodes, oldest first, the last is the parent: "12 34"
  hash TEXT NOT NULL,
  subject TEXT NOT NULL,
  subject_hash INTEGER NOT NULL,
  sender TEXT NOT NULL,
  address TEXT NOT NULL,
  date INTEGER NOT NULL,
  received INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  shown INTEGER NOT NULL        -- bytes of HTML on the shelf
);
-- What pages list of a thread (listing.ts): ready to be sent (sheet.ts), and its messages, oldest first.
CREATE TABLE listing (thread INTEGER PRIMARY KEY, sheet BLOB NOT NULL, messages TEXT NOT NULL);
CREATE INDEX message_node ON message(node);
CREATE INDEX message_received ON message(received);
CREATE INDEX message_date ON message(date);
CREATE INDEX message_subject ON message(subject_hash, date);
CREATE INDEX message_locator ON message(locator);
CREATE TABLE patch (
  message INTEGER PRIMARY KEY,
  title TEXT NOT NULL,
  title_hash INTEGER NOT NULL,
  version INTEGER NOT NULL,
  number INTEGER,
  total INTEGER,
  change_id TEXT
);
CREATE INDEX patch_title ON patch(title_hash);
CREATE INDEX patch_change ON patch(change_id) WHERE change_id IS NOT NULL;
-- The other ids of a mail that has more than one.
CREATE TABLE alias (node INTEGER NOT NULL, message INTEGER NOT NULL, PRIMARY KEY (node, message)) WITHOUT ROWID;
-- Where each mail stands on the shelf, a file beside the index (listing.ts): HTML, compressed (record.ts).
CREATE TABLE place (
  message INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  packed INTEGER NOT NULL,
  crc INTEGER NOT NULL
);
-- Bytes of the shelf that count; what is beyond them was left by a run that was killed.
CREATE TABLE shelf (bytes INTEGER NOT NULL);
INSERT INTO shelf VALUES (0);
CREATE VIRTUAL TABLE words USING fts5(
  ${columns.join(", ")},
  content='', contentless_delete=1,
  tokenize="porter unicode61 remove_diacritics 0 tokenchars '_'"
);
`;

/** Makes the tables when the database is new. */
export function ensureSchema(database: Database): void {
  if (database.row("SELECT 1 FROM sqlite_master WHERE name = 'words'")) return;
  database.transaction(() => {
    database.execute(tables);
    // Words wait in memory until a transaction ends or 64 MB are full: fewer, larger pieces to merge.
    database.execute("INSERT INTO words(words, rank) VALUES ('hashsize', 67108864)");
  });
}
