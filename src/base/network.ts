/** The one door to the network for downloads. */
import { KnownError } from "./errors.js";

export interface FetchOptions {
  readonly method?: "GET" | "POST";
  /** Milliseconds until the whole answer must be there. Default: two minutes. */
  readonly timeout?: number;
  /** Bytes beyond which the answer is refused. Default: 512 MB. */
  readonly limit?: number;
}

/**
 * Fetches a URL.
 * @throws KnownError when there is no answer, or one with a status other than 200; it names the URL and the reason.
 */
export async function fetchBytes(url: string, options: FetchOptions = {}): Promise<Buffer> {
  const limit = options.limit ?? 1 << 29;
  try {
    const response = await fetch(url, {
      method: options.method ?? "GET",
      headers: { "user-agent": "treewide" },
      signal: AbortSignal.timeout(options.timeout ?? 120_000),
    });
    if (response.status !== 200)
      throw new KnownError(`${url}: the server answered ${response.status} ${response.statusText}`);
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of response.body ?? []) {
      size += piece.length;
      if (size > limit) throw new KnownError(`${url}: the answer is larger than ${limit} bytes`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  } catch (error) {
    if (error instanceof KnownError) throw error;
    const cause =
      error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new KnownError(`${url}: no answer (${cause})`, "check the address and the network");
  }
}
