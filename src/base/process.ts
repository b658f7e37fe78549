/**
 * The one door through which the program starts other programs.
 * Arguments are always a list: no shell ever reads them.
 */
import { type SpawnOptions, spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { KnownError, NotInstalledError, systemErrorCode } from "./errors.js";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** Milliseconds after which the program and its children are killed. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /**
   * What the kernel sends the program when we end without having stopped it, killed or crashed (prctl(2),
   * PR_SET_PDEATHSIG): for programs that would run for ever, or write below a lock that is ours no more. TERM is for
   * those that pass it on to what they started, as make does.
   */
  readonly whenWeDie?: "KILL" | "TERM";
  /** Called with the process id once the program runs. */
  readonly onStart?: (process: number) => void;
  /** Called for each piece of output as it comes, for live logs. */
  readonly onOutput?: (chunk: Buffer, stream: "stdout" | "stderr") => void;
  /** A file that takes both streams in the order in which they are written; the result holds neither then. */
  readonly log?: string;
  /** Exit statuses that are not an error. Default: only 0. `"any"` never throws for a status. */
  readonly accept?: readonly number[] | "any";
}

/** Of Debian's essential package util-linux; elsewhere programs may outlive us. */
const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find((path) => existsSync(path));

export interface RunResult {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly timedOut: boolean;
}

/**
 * Runs a program to its end.
 * @throws KnownError when the program is not installed, exits with a status that is not accepted, or times out.
 */
export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    const log = options.log === undefined ? undefined : openSync(options.log, "w");
    const output = log ?? "pipe";
    const spawnOptions: SpawnOptions = {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [options.input === undefined ? "ignore" : "pipe", output, output],
      detached: true, // its own process group, so that a kill reaches its children
    };
    const child =
      options.whenWeDie && setpriv
        ? spawn(setpriv, ["--pdeathsig", options.whenWeDie, "--", command, ...args], spawnOptions)
        : spawn(command, args, spawnOptions);
    if (log !== undefined) closeSync(log); // the program has its own
    if (child.pid !== undefined) options.onStart?.(child.pid);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let timedOut = false;
    const kill = () => killGroup(child.pid);
    const timer =
      options.timeout === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            kill();
          }, options.timeout);
    options.signal?.addEventListener("abort", kill, { once: true });
    if (options.signal?.aborted) kill();
    child.stdout?.on("data", (chunk: Buffer) => {
      out.push(chunk);
      options.onOutput?.(chunk, "stdout");
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      err.push(chunk);
      options.onOutput?.(chunk, "stderr");
    });
    child.stdin?.on("error", () => {}); // a program may stop reading before the input ends
    if (options.input !== undefined) child.stdin?.end(options.input);
    const settle = () => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", kill);
    };
    child.on("error", (error) => {
      settle();
      reject(notStarted(command, error, options.cwd));
    });
    child.on("close", (code, signal) => {
      settle();
      const status = code ?? (signal ? 128 : 1);
      const result: RunResult = { status, stdout: Buffer.concat(out), stderr: Buffer.concat(err), timedOut };
      const accepted = options.accept === "any" || (options.accept ?? [0]).includes(status);
      if (accepted && !timedOut) return resolve(result);
      if (options.accept === "any") return resolve(result);
      const why = timedOut
        ? `no end after ${options.timeout} ms`
        : signal
          ? `killed by ${signal}`
          : `exit status ${status}`;
      reject(failed(command, args, why, result.stderr));
    });
  });
}

/**
 * As `run`, but waits: for short programs whose answer synchronous code needs.
 * @throws KnownError as `run` does.
 */
export function runSync(
  command: string,
  args: readonly string[],
  options: Pick<RunOptions, "cwd" | "env" | "input" | "timeout" | "accept"> = {},
): RunResult {
  const child = spawnSync(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    input: options.input,
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    timeout: options.timeout,
    killSignal: "SIGKILL",
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  const timedOut = systemErrorCode(child.error) === "ETIMEDOUT";
  if (child.error && !timedOut) throw notStarted(command, child.error, options.cwd);
  const status = child.status ?? 128;
  const accept = options.accept ?? [0];
  if (accept !== "any" && (timedOut || !accept.includes(status))) {
    const why = timedOut
      ? `no end after ${options.timeout} ms`
      : child.signal
        ? `killed by ${child.signal}`
        : `exit status ${status}`;
    throw failed(command, args, why, child.stderr);
  }
  return { status, stdout: child.stdout, stderr: child.stderr, timedOut };
}

/**
 * Runs a program that talks to the user: it has our terminal.
 * @throws KnownError when it cannot be started or fails.
 */
export function runTerminal(command: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: "inherit" });
    child.on("error", (error) => reject(notStarted(command, error)));
    child.on("close", (code) =>
      code === 0
        ? resolve()
        : reject(new KnownError(`${command} ${args.join(" ")}: exit status ${code ?? "unknown"}`)),
    );
  });
}

/** A program whose output is passed on while it runs. */
export interface Streaming {
  readonly output: Readable;
  /** Kills it and all that it started. */
  stop(): void;
}

/** Starts a program and returns its output as it comes. Its errors show as an output that ends early. */
export function startStream(
  command: string,
  args: readonly string[],
  options: Pick<RunOptions, "cwd" | "env" | "input"> = {},
): Streaming {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "ignore"],
    detached: true,
  });
  child.on("error", () => child.stdout?.destroy());
  child.stdin?.on("error", () => {}); // a program may stop reading before the input ends
  if (options.input !== undefined) child.stdin?.end(options.input);
  return { output: child.stdout!, stop: () => killGroup(child.pid) };
}

/** A program that answers requests on its stdin, one after the other, for as long as we live. */
export interface Dialogue {
  /** Sends bytes. More than 64 kB ahead of the answers read can stop both sides (pipe(7), "Pipe capacity"). */
  write(data: string): void;
  /** Waits for output and puts at most `length` bytes of it at `offset`; returns how many, 0 when the program has ended. */
  read(into: Uint8Array, offset: number, length: number): number;
  /** Closes its stdin, on which such programs end. */
  close(): void;
}

/**
 * Starts a program to talk with synchronously. Node's own pipes cannot be waited on, so the two are named pipes,
 * opened by us and unlinked at once. The program does not keep ours alive, and ends when ours does.
 * @throws KnownError when the pipes cannot be made. A program that does not start shows as ended.
 */
export function startDialogue(
  command: string,
  args: readonly string[],
  options: Pick<RunOptions, "cwd" | "env"> = {},
): Dialogue {
  const folder = mkdtempSync(join(tmpdir(), "treewide-"));
  try {
    const [requests, answers] = [join(folder, "in"), join(folder, "out")];
    runSync("mkfifo", ["-m", "600", requests, answers]);
    const [theirInput, ourOutput] = openBothEnds(requests);
    const [ourInput, theirOutput] = openBothEnds(answers);
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [theirInput, theirOutput, "ignore"],
      detached: true, // a Ctrl-C on the terminal is ours to handle; our end is its end
    });
    child.on("error", () => {}); // seen as the end of its output
    child.unref();
    closeSync(theirInput);
    closeSync(theirOutput);
    return {
      write: (data) => {
        writeSync(ourOutput, data);
      },
      read: (into, offset, length) => readSync(ourInput, into, offset, length, null),
      close: () => {
        closeSync(ourOutput);
        closeSync(ourInput);
      },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The reading and the writing end of a named pipe. Opening one end waits for the other, opening both does not. */
function openBothEnds(path: string): [reading: number, writing: number] {
  const both = openSync(path, constants.O_RDWR);
  const ends: [number, number] = [openSync(path, constants.O_RDONLY), openSync(path, constants.O_WRONLY)];
  closeSync(both);
  return ends;
}

/** A missing folder to start in gives the same error as a missing program (posix_spawn). */
function notStarted(command: string, error: Error, cwd?: string): KnownError {
  if (cwd !== undefined && !existsSync(cwd)) return new KnownError(`${cwd}: no such folder`);
  return systemErrorCode(error) === "ENOENT"
    ? new NotInstalledError(command)
    : new KnownError(`${command}: cannot be started: ${error.message}`);
}

function failed(command: string, args: readonly string[], why: string, stderr: Buffer): KnownError {
  const tail = stderr.toString("utf8").trim().split("\n").slice(-5).join("\n");
  return new KnownError(`${command} ${args.join(" ")}: ${why}${tail ? `\n${tail}` : ""}`);
}

/** Kills a process and all that it started. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (systemErrorCode(error) !== "ESRCH") throw error;
  }
}
