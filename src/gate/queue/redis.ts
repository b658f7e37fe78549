/** What both ends of a queue on Redis agree on. BullMQ keeps the jobs (https://docs.bullmq.io). */
import { Redis } from "ioredis";
import { KnownError, UsageError } from "../../base/errors.js";

/** Jobs of an architecture wait in a queue of their own, which only machines with its compiler listen to. */
export const queueName = (architecture: string) => `treewide-check-${architecture}`;

/**
 * Connects to Redis or Valkey.
 * @returns a connection that waits and tries again when it breaks, as BullMQ wants it.
 * @throws UsageError for an address that is none, KnownError when nobody answers there.
 */
export async function connect(url: string): Promise<Redis> {
  if (!/^rediss?:\/\/[^/]/.test(url))
    throw new UsageError(
      `${url}: no address of a queue`,
      "it looks like redis://HOST:PORT, or rediss:// with TLS",
    );
  const place = url.replace(/\/\/[^@/]*@/, "//"); // a password is nobody's business
  const first = new Redis(url, { lazyConnect: true, retryStrategy: () => null, connectTimeout: 10_000 });
  let cause: string | undefined; // connect() only says that the connection is closed
  first.on("error", ({ message }: Error) => {
    cause ??= message;
  });
  try {
    await first.connect();
    const version = /redis_version:(\d+)/.exec(await first.info("server"))?.[1];
    if (Number(version) < 5) throw new Error(`version ${version}, 5 is needed`);
  } catch (error) {
    const why = cause ?? (error instanceof Error ? error.message : String(error));
    const password = /^(NOAUTH|WRONGPASS)/.test(why);
    throw new KnownError(
      `${place}: no queue: ${why}`,
      password
        ? "its address with the password is redis://:PASSWORD@HOST:PORT"
        : "start redis-server or valkey-server there",
    );
  } finally {
    first.disconnect();
  }
  return quiet(new Redis(url, { maxRetriesPerRequest: null }));
}

/** One more connection to the same place; whoever asks for it disconnects it. */
export function another(connection: Redis): Redis {
  return quiet(connection.duplicate());
}

/** A connection that breaks is tried again by itself; whoever waits for something says so. */
function quiet(connection: Redis): Redis {
  connection.on("error", () => {});
  return connection;
}
