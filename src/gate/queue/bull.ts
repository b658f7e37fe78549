import type { JobQueue } from "./queue.js";
export function bullQueue(_url: string): JobQueue {
  throw new Error("x");
}
