/** What the terminal can show: colours, width, progress. */
import { printableLines } from "../base/printable.js";
import type { ProgressListener } from "../base/progress.js";

/** Whether to colour a stream: only a terminal, and not when NO_COLOR is set (https://no-color.org). */
export function useColour(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";
}

/** The user's editor (environ(7)): a full-screen one first. A variable that is empty is not set. */
export function editorOf({ VISUAL, EDITOR }: NodeJS.ProcessEnv): string | undefined {
  return VISUAL || EDITOR || undefined;
}

/** Renders progress on stderr, on one line that it erases; silent when stderr is no terminal. */
export function terminalProgress(): { listen: ProgressListener; clear: () => void } {
  const stream = process.stderr;
  if (!stream.isTTY) return { listen: () => {}, clear: () => {} };
  const started = Date.now();
  let shown = 0;
  return {
    listen: ({ task, done, total }) => {
      const now = Date.now();
      if (now - started < 400 || now - shown < 80) return;
      shown = now;
      const amount = total === undefined ? `${done}` : `${done}/${total}`;
      stream.write(`\r\x1b[K${task} ${amount}`.slice(0, stream.columns ?? 100));
    },
    clear: () => {
      if (shown) stream.write("\r\x1b[K");
      shown = 0;
    },
  };
}

/** Says on stderr what is begun, one line each: for logs, where there is no line to erase. */
export function loggedProgress(): ProgressListener {
  let last = "";
  return ({ task, total }) => {
    if (task === last) return;
    last = task;
    process.stderr.write(`${task}${total === undefined ? "" : `, ${total} to do`}\n`);
  };
}

/** Tells of something that does not stop the program. */
export function warn(message: string): void {
  process.stderr.write(`${printableLines(`treewide: ${message}`)}\n`);
}

/** Writes mail or data to stdout: byte for byte into a file or a pipe, but so that a terminal's cursor stays. */
export function writeExact(content: string | Uint8Array): void {
  const { stdout } = process;
  stdout.write(stdout.isTTY ? printableLines(Buffer.from(content).toString("utf8")) : content);
}
