/**
 * The one door through which the program starts other programs.
 * Arguments are always a list: no shell ever reads them.
 */
import { type SpawnOptions, spawn } from "node:child_process";
import { KnownError, systemErrorCode } from "./errors.js";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array;
  /** Milliseconds after which the program and its children are killed. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** Called for each piece of output as it comes, for live logs. */
  readonly onOutput?: (chunk: Buffer, stream: "stdout" | "stderr") => void;
  /** Exit statuses that are not an error. Default: only 0. `"any"` never throws for a status. */
  readonly accept?: readonly number[] | "any";
}

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
    const spawnOptions: SpawnOptions = {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      detached: true, // its own process group, so that a kill reaches its children
    };
    const child = spawn(command, args, spawnOptions);
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
      reject(
        systemErrorCode(error) === "ENOENT"
          ? new KnownError(`${command}: not found`, `install ${command} and try again`)
          : new KnownError(`${command}: cannot be started: ${error.message}`),
      );
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
      const tail = result.stderr.toString("utf8").trim().split("\n").slice(-5).join("\n");
      reject(new KnownError(`${command} ${args.join(" ")}: ${why}${tail ? `\n${tail}` : ""}`));
    });
  });
}

/** Kills a process and all that it started. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (systemErrorCode(error) !== "ESRCH") throw error;
  }
}
