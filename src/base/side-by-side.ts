/** Works that go on beside each other, and of which none is left behind. */

/**
 * Does a work for each part, all at the same time. What ends one for good ends the others: their signal is aborted.
 * @throws what the first that failed threw, or the signal's reason when that is aborted; in both cases once all have ended
 */
export async function sideBySide<Part>(
  parts: readonly Part[],
  signal: AbortSignal | undefined,
  work: (part: Part, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const stop = AbortSignal.any([failed.signal, ...(signal ? [signal] : [])]);
  await Promise.all(parts.map((part) => work(part, stop).catch((error) => failed.abort(error))));
  stop.throwIfAborted();
}
