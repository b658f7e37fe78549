import { once } from "node:events";
import { expect, test } from "vitest";
import { sideBySide } from "../../src/base/side-by-side.js";

test("what one work fails of is thrown once the others, which are told to stop, have ended", async () => {
  const ended: string[] = [];
  const work = async (part: string, signal: AbortSignal) => {
    if (part === "bad") throw new Error("bad");
    await once(signal, "abort");
    await new Promise(setImmediate);
    ended.push(part);
    signal.throwIfAborted();
  };
  await expect(sideBySide(["one", "bad", "two"], undefined, work)).rejects.toThrow("bad");
  expect(ended).toEqual(["one", "two"]);
});

test("works stop when all of them are told to", async () => {
  const stop = new AbortController();
  const work = async (part: string, signal: AbortSignal) => {
    if (part === "last") stop.abort(new Error("stop"));
    else await once(signal, "abort");
  };
  await expect(sideBySide(["first", "last"], stop.signal, work)).rejects.toThrow("stop");
});
