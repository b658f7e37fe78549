/** Files that may be compressed, as public-inbox gives its threads away (t.mbox.gz). */
import { gunzipSync } from "node:zlib";
import { KnownError, systemErrorCode } from "./errors.js";

/** Bytes that are unpacked at most. */
const most = 2 ** 30;

/**
 * Bytes as they are, or what they hold when they are gzip: its first two bytes are 1f 8b (RFC 1952 §2.3.1).
 * @param source where they come from, for errors
 * @throws KnownError for broken gzip, and for more than 1 GiB in it
 */
export function unpacked(bytes: Buffer, source: string): Buffer {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: most });
  } catch (error) {
    const why = systemErrorCode(error) === "ERR_BUFFER_TOO_LARGE" ? "more than 1 GiB in gzip" : "broken gzip";
    throw new KnownError(`${source}: ${why}`, "unpack it, and name what was in it");
  }
}
