import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, test } from "vitest";
import { startStream } from "../../src/base/process.js";

const root = resolve(import.meta.dirname, "../..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "treewide-process-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("a program that would run for ever ends with us, even when we are killed", async () => {
  const pidFile = join(folder, "pid");
  const script = join(folder, "parent.ts");
  writeFileSync(
    script,
    `import { run } from ${JSON.stringify(join(root, "src/base/process.ts"))};
     run("sh", ["-c", "echo $$ > ${pidFile}.tmp; mv ${pidFile}.tmp ${pidFile}; exec sleep 600"], { whenWeDie: "KILL" });`,
  );
  const parent = startStream("node", ["--import", join(root, "node_modules/tsx/dist/esm/index.mjs"), script]);
  await until(() => existsSync(pidFile));
  const pid = Number(readFileSync(pidFile, "utf8"));
  parent.stop(); // SIGKILL to its process group, in which the program is not
  await until(() => hasEnded(pid));
});

/** … even if nobody has asked for its status, as in a container without an init (proc(5), /proc/pid/stat). */
function hasEnded(pid: number): boolean {
  return !existsSync(`/proc/${pid}`) || /\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 20)); // the test's own limit ends it
}
