/** Indexes a repository into a database, with small transactions: a process for kill.test.ts to kill. */
import { updateIndex } from "../../src/archive/indexer.js";
import { ensureSchema } from "../../src/archive/schema.js";
import { Database } from "../../src/base/database.js";

const [repository, path] = process.argv.slice(2) as [string, string];
const database = Database.open(path, "write");
ensureSchema(database);
process.stdout.write("indexing\n");
await updateIndex(database, [{ kind: "git", location: repository }], undefined, 250);
database.close();
