/** The next kernel compiles while the guests of this one run: a guest waits for its devices more than it computes. */

export class BuildAhead {
  private running: { readonly stop: AbortController; readonly end: Promise<void> } | undefined;

  /** @param build puts a kernel into the cache; whether it can is told again when the kernel is asked for */
  constructor(private readonly build: (files: readonly string[], signal: AbortSignal) => Promise<unknown>) {}

  /** Begins, unless something is being built already. */
  begin(files: readonly string[]): void {
    if (this.running) return;
    const stop = new AbortController();
    const end = this.build(files, stop.signal).then(
      () => {},
      () => {}, // who asks for the kernel is told
    );
    this.running = { stop, end };
    void end.then(() => {
      this.running = undefined;
    });
  }

  /** Ends what is being built. */
  async stop(): Promise<void> {
    this.running?.stop.abort();
    await this.running?.end;
  }
}
