/** Progress that is told no faster than people read. */
import { expect, test } from "vitest";
import { type Progress, throttled } from "../../src/base/progress.js";

const step = (task: string, done: number): Progress => ({ task, done, total: 3 });

test("of steps that come at once the first of each task is told, and the last of all at the end", () => {
  const told: Progress[] = [];
  const { listen, flush } = throttled((progress) => told.push(progress), 0.001);
  for (const task of ["reading", "auditing"]) for (const done of [0, 1, 2, 3]) listen(step(task, done));
  expect(told).toEqual([step("reading", 0), step("auditing", 0)]);
  flush();
  flush();
  expect(told).toEqual([step("reading", 0), step("auditing", 0), step("auditing", 3)]);
});
