/** treewide serve, as a user starts and ends it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { temporaryFolder } from "../kernel/fixture.js";
import { toyFolder } from "../report/toy.js";
import { cache, treewide } from "./treewide.js";

const root = resolve(import.meta.dirname, "../..");

function serve(env: Readonly<Record<string, string>> = {}): ChildProcess {
  const tsx = join(root, "node_modules/tsx/dist/esm/index.mjs");
  const args = [
    "--import",
    tsx,
    join(root, "src/cli/main.ts"),
    "serve",
    toyFolder,
    "--port",
    "0",
    "--jobs",
    "1",
  ];
  return spawn("node", args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, TREEWIDE_CACHE: cache, ...env },
  });
}

async function firstLines(child: ChildProcess, count: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
}

test("it prints where it listens and with which token work is started, audits, and ends on SIGTERM", async () => {
  const child = serve();
  const [url = "", entrance = ""] = await firstLines(child, 2);
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  expect(entrance).toMatch(new RegExp(`^${url}enter\\?token=[\\w-]{32}$`));
  const events = await (await fetch(`${url}jobs/1/events`)).text();
  expect(events).toContain('"state":"done"');
  expect(await (await fetch(`${url}tree/tree/`)).text()).toContain("drivers/toy/leaky.c");
  const entered = await fetch(entrance, { redirect: "manual" });
  expect([entered.status, entered.headers.get("set-cookie")]).toEqual([
    303,
    expect.stringMatching(/^treewide=[\w-]{32}; Path=\/; HttpOnly; SameSite=Strict$/),
  ]);
  child.kill("SIGTERM");
  expect((await once(child, "exit"))[0]).toBe(0);
});

test("a token of the user's is wanted from everybody, and is not printed", async () => {
  const child = serve({ TREEWIDE_TOKEN: "the-users-own-token" });
  const [url = ""] = await firstLines(child, 1);
  expect((await fetch(`${url}jobs/`)).status).toBe(401);
  const headers = { authorization: `Basic ${btoa("me:the-users-own-token")}` };
  expect(await (await fetch(`${url}jobs/`, { headers })).text()).toContain("start an audit");
  child.kill("SIGTERM");
  expect((await once(child, "exit"))[0]).toBe(0);
});

test("a token that could be guessed is refused", async () => {
  const env = { TREEWIDE_TOKEN: "abc" };
  const result = await treewide(["serve", toyFolder, "--port", "0"], { env });
  expect([result.status, result.stderr]).toEqual([2, expect.stringContaining("could be guessed")]);
});

test.each([
  [["--port", "x"], 2, "not a port"],
  [[toyFolder, "--jobs", "x"], 2, "a whole number from 1 to 9999 is needed"],
  [[toyFolder, "--jobs", "2.5"], 2, "a whole number from 1 to 9999 is needed"],
  [["--series", "a.mbox"], 2, "need a tree"],
  [["/nowhere"], 3, "no such folder"],
  [[toyFolder, "--host", "0.0.0.0"], 2, "a token is needed"],
])("%s is refused", async (args, status, words) => {
  const result = await treewide(["serve", ...args]);
  expect([result.status, result.stderr]).toEqual([status, expect.stringContaining(words)]);
});

test("an error ends it, also when there are archives to serve", async () => {
  const mbox = join(temporaryFolder(), "list.mbox");
  writeFileSync(
    mbox,
    "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: A <a@example.org>\nMessage-ID: <1@example.org>\nSubject: one\n\ntext\n",
  );
  const env = { TREEWIDE_CACHE: temporaryFolder() };
  expect((await treewide(["archive", "add", "list", mbox], { env })).status).toBe(0);
  const { status, stderr } = await treewide(["serve", "--host", "0.0.0.0"], { env });
  expect([status, stderr]).toEqual([2, expect.stringContaining("a token is needed")]);
});
