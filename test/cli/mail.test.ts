/** `treewide route` and `treewide mail` as a user runs them. */
import { existsSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { SMTPServer } from "smtp-server";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../../src/base/process.js";
import {
  addSeries,
  gitEnvironment,
  type Repository,
  repository,
  temporaryFolder,
  write,
} from "../gate/series.js";
import { faultsOf } from "./schema.js";

const root = resolve(import.meta.dirname, "../..");

async function treewide(repo: Repository, ...args: string[]) {
  const tsx = join(root, "node_modules/tsx/dist/esm/index.mjs");
  const { status, stdout, stderr } = await run(
    "node",
    ["--import", tsx, join(root, "src/cli/main.ts"), ...args],
    {
      cwd: repo.folder,
      env: { ...gitEnvironment, HOME: repo.folder },
      accept: "any",
    },
  );
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

async function series(): Promise<{ repo: Repository; out: string; cover: string }> {
  const repo = await repository();
  await addSeries(repo);
  const folder = temporaryFolder();
  write(folder, { "cover.txt": "Title\n\nText\n" });
  return { repo, out: join(folder, "out"), cover: join(folder, "cover.txt") };
}

/** Takes mail, but breaks the first connection at the third message. */
async function moodyServer() {
  const got: string[] = [];
  let count = 0;
  const smtp = new SMTPServer({
    authOptional: true,
    hideSTARTTLS: true,
    onData: (stream, _session, done) => {
      let text = "";
      stream.on("data", (chunk: Buffer) => {
        text += chunk.toString("latin1");
      });
      stream.on("end", () => {
        if (++count === 3) {
          for (const client of smtp.connections) client.close();
          return;
        }
        got.push(/^Message-Id: (.*)\r$/im.exec(text)![1]!);
        done();
      });
    },
  });
  smtp.on("error", () => {});
  await new Promise<void>((done) => smtp.listen(0, "127.0.0.1", done));
  onTestFinished(() => new Promise<void>((done) => smtp.close(() => done())));
  return { got, port: (smtp.server.address() as AddressInfo).port };
}

test("route prints who gets a range and files, as text and JSON", async () => {
  const { repo } = await series();
  const text = await treewide(repo, "route", "base..HEAD");
  expect(text).toMatchObject({ status: 0, stderr: "" });
  expect(text.stdout).toContain(
    "[PATCH] beta: Count differently\n  Bert Beta <bert@beta.example> (maintainer:BETA DRIVER)\n",
  );
  const json = await treewide(repo, "route", "--json", "-f", "drivers/alpha");
  expect(faultsOf("route", json.stdout)).toEqual([]);
  expect(JSON.parse(json.stdout).items[0].item).toBe("drivers/alpha/");
  expect(JSON.parse(json.stdout).items[0].recipients[0]).toMatchObject({
    name: "Änne Grün",
    address: "aenne@alpha.example",
    role: "maintainer",
    section: "ALPHA DRIVER",
  });
});

test.each([
  [["route"], 2],
  [["route", "-f", "../etc"], 2],
  [["route", "-f", "no/such.c"], 3],
  [["route", "no-such-range"], 3],
  [["route", "--tree", "/nowhere", "-f", "x"], 3],
  [["mail"], 2],
  [["mail", "base..HEAD", "--cc", "Eve <e@x.y>\nBcc: f@x.y"], 2],
  [["mail", "base..HEAD", "--cc", "nodomain"], 2],
  [["mail", "base..HEAD", "--policy", "none"], 2],
  [["mail", "base..HEAD", "-v", "2"], 2],
  [["mail", "base..HEAD", "--in-reply-to", "a b"], 2],
  [["mail", "base..HEAD", "--send"], 2],
  [["mail", "--output", "/nowhere"], 3],
  [["mail", "HEAD..HEAD"], 3],
  [["mail", "base..HEAD", "--base", "no-such"], 3],
  [["mail", "base..HEAD", "--base", "HEAD"], 3],
  [["mail", "base..HEAD", "--cover", "/dev/null"], 3],
  [["mail", "base..HEAD", "-v", "1.5"], 2],
  [["mail", "base..HEAD", "--pace", "NaN"], 2],
] as const)("%j ends with exit code %i and a message", async (args, code) => {
  const repo = await repository();
  await addSeries(repo);
  const { status, stderr, stdout } = await treewide(repo, ...args);
  expect({ status, stdout }).toEqual({ status: code, stdout: "" });
  expect(stderr).not.toContain("    at ");
  expect(stderr).not.toContain("format-patch");
});

test("a wrong address to reflect to writes nothing: the corrected command finds its folder empty", async () => {
  const { repo, out, cover } = await series();
  const args = ["mail", "base..HEAD", "--cover", cover, "--output", out, "--send", "--yes", "--reflect"];
  expect(await treewide(repo, ...args, "nodomain")).toMatchObject({ status: 2, stdout: "" });
  expect(existsSync(out)).toBe(false);
});

test("mail is a dry run: it prints who would get what, and writes only --output", async () => {
  const { repo, out, cover } = await series();
  const { status, stdout, stderr } = await treewide(
    repo,
    "mail",
    "base..HEAD",
    "--cover",
    cover,
    "--output",
    out,
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "Nothing was sent; --send does.\n" });
  expect(stdout).toContain(
    "0002-alpha-Use-pcim_alpha.eml: [PATCH 2/4] alpha: Use pcim_alpha()\n  To: Änne Grün <aenne@alpha.example>\n",
  );
  expect(stdout).toContain("5 messages, 9 addresses");
});

test("mail's JSON is what its schema says", async () => {
  const { repo } = await series();
  const { stdout } = await treewide(repo, "mail", "base..HEAD", "--json", "--max-recipients", "2");
  expect(faultsOf("mail", stdout)).toEqual([]);
  expect(JSON.parse(stdout).messages[0].leftOut).not.toEqual([]);
});

test("--send without anybody to ask sends nothing", async () => {
  const { repo, out, cover } = await series();
  const sent = await treewide(repo, "mail", "base..HEAD", "--cover", cover, "--output", out, "--send");
  expect(sent).toMatchObject({ status: 2, stderr: expect.stringContaining("--yes") });
});

test("a connection that breaks stops the run with exit code 3; the same command goes on", async () => {
  const { repo, out, cover } = await series();
  const server = await moodyServer();
  await repo.git("config", "sendemail.smtpServer", "127.0.0.1");
  await repo.git("config", "sendemail.smtpServerPort", String(server.port));
  await treewide(repo, "mail", "base..HEAD", "--cover", cover, "--output", out);
  const send = ["mail", "--output", out, "--send", "--yes", "--pace", "0"];
  const first = await treewide(repo, ...send);
  expect(first.status).toBe(3);
  expect(faultsOf("sent", readFileSync(join(out, "sent.json"), "utf8"))).toEqual([]);
  expect(first.stderr).toMatch(/0002-.*: uncertain .*\n0003-.*: not tried\n/);
  expect(first.stderr).toContain("look for <");
  const second = await treewide(repo, ...send);
  expect(second).toMatchObject({
    status: 0,
    stderr: expect.stringContaining("0001-PCI-Add-pcim_alpha.eml: sent before\n"),
  });
  expect(second.stderr).toContain("warning: 0002-alpha-Use-pcim_alpha.eml may have gone before");
  expect(server.got).toHaveLength(5);
  expect(new Set(server.got).size).toBe(5);
  const record = JSON.parse(readFileSync(join(out, "sent.json"), "utf8"));
  expect(record.schema).toBe("treewide.sent/1");
  expect(record.messages.map(({ state }: { state: string }) => state)).toEqual(Array(5).fill("sent"));
});
