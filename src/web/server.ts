/** Listens: on loopback, or elsewhere with a token; slow and too many readers are cut off. */
import { timingSafeEqual } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { KnownError, systemErrorCode, UsageError } from "../base/errors.js";

export interface ListenOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Wanted from every request when given: as a password (any user name), or as a bearer token. */
  readonly token?: string;
}

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/**
 * @throws UsageError when others could reach it and there is no token; KnownError when the port cannot be had.
 */
export function listen(app: Hono, { host, port, token }: ListenOptions): Promise<Listening> {
  if (!isLoopback(host) && !token)
    throw new UsageError(
      `${host} can be reached by others, so a token is needed`,
      "set TREEWIDE_TOKEN, or listen on 127.0.0.1",
    );
  const guarded = token ? withToken(app, token) : app;
  return new Promise((resolve, reject) => {
    const server = serve(
      { fetch: guarded.fetch, hostname: host, port, serverOptions: { maxHeaderSize: 16_384 } },
      (info: AddressInfo) => {
        const name = info.family === "IPv6" ? `[${info.address}]` : info.address;
        resolve({ url: `http://${name}:${info.port}/`, close: () => close(server as Server) });
      },
    ) as Server;
    server.headersTimeout = 10_000; // a slow loris gets ten seconds
    server.requestTimeout = 30_000;
    server.keepAliveTimeout = 5_000;
    server.maxConnections = 512;
    server.on("error", (error) => {
      const why = systemErrorCode(error) === "EADDRINUSE" ? "another program listens there" : error.message;
      reject(new KnownError(`${host} port ${port}: ${why}`, "choose another with --port"));
    });
  });
}

function withToken(app: Hono, token: string): Hono {
  const outer = new Hono();
  outer.use(async (context, next) => {
    if (isAuthorised(context.req.header("Authorization"), token)) return next();
    return context.text("a token is needed\n", 401, { "WWW-Authenticate": 'Basic realm="treewide"' });
  });
  outer.all("*", (context) => app.fetch(context.req.raw, context.env));
  return outer;
}

function isAuthorised(header: string | undefined, token: string): boolean {
  const [scheme, value = ""] = (header ?? "").split(" ");
  const given =
    scheme === "Basic"
      ? Buffer.from(value, "base64")
          .toString("utf8")
          .replace(/^[^:]*:/, "")
      : value;
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return (scheme === "Basic" || scheme === "Bearer") && a.length === b.length && timingSafeEqual(a, b);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
