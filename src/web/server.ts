/** Listens: on loopback, or elsewhere with a token; slow and too many readers are cut off. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { KnownError, systemErrorCode, UsageError } from "../base/errors.js";
import { errorPage } from "./app.js";
import { Guard } from "./guard.js";

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Wanted from every request when given: as a password (any user name), or as a bearer token. */
  readonly token?: string;
  /** Holds the token for starting work; made from `token` when not given. */
  readonly guard?: Guard;
  /** Asked first, when no token is wanted: pages that cost less than the frame around them. */
  readonly quick?: Quick;
}

/** Answers a request, or says false and leaves it as it is. */
export type Quick = (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** Bytes of the largest request: a series of patches to judge. */
export const maxBody = 8 << 20;
/** Requests that are worked on at once; more are told to come back. */
const maxAtOnce = 64;

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/**
 * @throws UsageError when others could reach it and there is no token; KnownError when the port cannot be had.
 */
export function listen(
  app: Hono,
  { host, port, token, guard = new Guard(token), quick }: ListenOptions,
): Promise<Listening> {
  if (!isLoopback(host) && !token)
    throw new UsageError(
      `${host} can be reached by others, so a token is needed`,
      "set TREEWIDE_TOKEN, or listen on 127.0.0.1",
    );
  const load = { atOnce: 0 };
  const framed = getRequestListener(guardedApp(app, guard, token !== undefined, load).fetch, {
    hostname: host,
  });
  const listener = quick && token === undefined ? quickFirst(quick, framed, load) : framed;
  return new Promise((resolve, reject) => {
    // Node looks for requests that take too long each 30 s by default: a slow loris would get that for nothing.
    const server = createServer({ maxHeaderSize: 16_384, connectionsCheckingInterval: 1_000 }, listener);
    server.listen(port, host, () => {
      const info = server.address() as AddressInfo;
      const name = info.family === "IPv6" ? `[${info.address}]` : info.address;
      resolve({ url: `http://${name}:${info.port}/`, close: () => close(server) });
    });
    server.headersTimeout = 10_000;
    server.requestTimeout = 30_000;
    server.keepAliveTimeout = 5_000;
    server.maxConnections = 512;
    server.on("error", (error) => {
      const why = systemErrorCode(error) === "EADDRINUSE" ? "another program listens there" : error.message;
      reject(new KnownError(`${host} port ${port}: ${why}`, "choose another with --port"));
    });
  });
}

/** Requests that are worked on now. */
interface Load {
  atOnce: number;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

function quickFirst(quick: Quick, framed: Listener, load: Load): Listener {
  const after = async (answering: Promise<boolean>, request: IncomingMessage, response: ServerResponse) => {
    load.atOnce++;
    const answered = await answering.catch(() => false).finally(() => load.atOnce--);
    if (!answered) await framed(request, response);
  };
  return (request, response) => {
    if (!isOurs(request.headers.host) || load.atOnce >= maxAtOnce) return framed(request, response);
    const answered = quick(request, response);
    if (answered === true) return;
    return answered === false ? framed(request, response) : after(answered, request, response);
  };
}

/** Without a token, a page from elsewhere whose name suddenly means 127.0.0.1 could read all (DNS rebinding). */
const isOurs = (host: string | undefined) => isLoopback(hostName(host));

/** @param always whether reading wants the token, too */
function guardedApp(app: Hono, guard: Guard, always: boolean, load: Load): Hono {
  const outer = new Hono();
  outer.use(async (context, next) => {
    if (!always && !isOurs(context.req.header("Host")))
      return context.text("this server answers on loopback only\n", 403);
    if (load.atOnce >= maxAtOnce) return context.text("too much at once\n", 503, { "Retry-After": "1" });
    load.atOnce++;
    try {
      return await next();
    } finally {
      load.atOnce--;
    }
  });
  outer.get("/enter", guard.enter);
  outer.use(async (context, next) => {
    if (!always || guard.carriesToken(context)) return next();
    return context.text("a token is needed\n", 401, { "WWW-Authenticate": 'Basic realm="treewide"' });
  });
  outer.use(
    bodyLimit({
      maxSize: maxBody,
      onError: (context) => errorPage(context, 413, "the request is too large"),
    }),
  );
  outer.all("*", (context) => app.fetch(context.req.raw, context.env));
  return outer;
}

function hostName(header: string | undefined): string {
  return (header ?? "").replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
