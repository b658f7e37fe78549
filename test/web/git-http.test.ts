/** How many clones of archives are made at once. */
import { join } from "node:path";
import { Hono } from "hono";
import { beforeEach, expect, test } from "vitest";
import { gitHttp } from "../../src/web/archive/git-http.js";
import { writeRepository } from "../kernel/fixture.js";

let app: Hono;
let wants: string;
beforeEach(() => {
  const { folder, commit } = writeRepository({ a: "1" });
  wants = `0032want ${commit}\n00000009done\n`;
  app = new Hono();
  app.onError((error, context) => context.text(error.message, 500));
  app.post("*", (context) => gitHttp(context, join(folder, ".git"), "git-upload-pack"));
});

const post = (body: BodyInit) => {
  const init = { method: "POST", body, duplex: "half" };
  return app.request("/", init as RequestInit);
};

/** A body that comes when `send` is called, or breaks off. */
function heldBack() {
  let stream!: ReadableStreamDefaultController<Uint8Array>;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      stream = controller;
    },
  });
  return {
    body,
    send: (text: string) => {
      stream.enqueue(Buffer.from(text));
      stream.close();
    },
    breakOff: () => stream.error(new Error("the client is gone")),
  };
}

test("a request that is refused or breaks off is no clone any more", async () => {
  for (let i = 0; i < 3; i++) expect((await post("x".repeat(2 << 20))).status).toBe(413);
  for (let i = 0; i < 3; i++) {
    const { body, breakOff } = heldBack();
    const answer = post(body);
    breakOff();
    expect((await answer).status).toBe(500);
  }
});

test("requests whose bodies come later count as clones already", async () => {
  const bodies = [heldBack(), heldBack(), heldBack(), heldBack()];
  const answers = Promise.all(bodies.map(async ({ body }) => post(body)));
  for (const { send } of bodies) send(wants);
  expect((await answers).map(({ status }) => status)).toEqual([200, 200, 503, 503]);
  const [pack] = await Promise.all((await answers).map((answer) => answer.text()));
  expect(pack).toContain("PACK");
});
