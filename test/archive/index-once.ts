/** Indexes a repository into a database, with small transactions, and tells each step: a process for kill.test.ts to kill. */
import { writeSync } from "node:fs";
import { updateIndex } from "../../src/archive/indexer.js";
import { ensureSchema } from "../../src/archive/schema.js";
import { Database } from "../../src/base/database.js";

const [repository, path] = process.argv.slice(2) as [string, string];
const database = Database.open(path, "write");
ensureSchema(database);
const tell = (what: string) => writeSync(1, `${what}\n`);
tell("indexing");
await updateIndex(database, [{ kind: "git", location: repository }], () => tell("step"), 250);
database.close();
