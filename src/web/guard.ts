/**
 * Who may do what. Reading is free on loopback and wants the token elsewhere; starting and stopping work always wants
 * the token, and a request that our own pages made.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { UsageError } from "../base/errors.js";
import { errorPage } from "./app.js";

const cookieName = "treewide";

export class Guard {
  /** What a browser or a script must know to start work. */
  readonly token: string;

  /**
   * @param token wanted from every request when given; without one, a token is made up for starting work alone
   * @throws UsageError when it could be guessed, or cannot be sent
   */
  constructor(token?: string) {
    if (token) checkToken(token);
    this.token = token || randomBytes(24).toString("base64url");
  }

  /** As a password (any user name), a bearer token, or the cookie that `/enter` sets. */
  carriesToken(context: Context): boolean {
    return (
      this.isToken(authorization(context.req.header("Authorization"))) ||
      this.isToken(getCookie(context, cookieName))
    );
  }

  /** `GET /enter?token=…`: keeps the token in the browser, out of the reach of scripts and of other sites. */
  readonly enter: MiddlewareHandler = async (context) => {
    if (!this.isToken(context.req.query("token")))
      return errorPage(context, 403, "this is not the token of this server; it prints the address with it");
    setCookie(context, cookieName, this.token, { httpOnly: true, sameSite: "Strict", path: "/" });
    return context.redirect("/", 303);
  };

  /** Before whatever changes something. */
  readonly acting: MiddlewareHandler = async (context, next) => {
    if (!this.carriesToken(context))
      return errorPage(
        context,
        403,
        "starting and stopping work needs the token: open the address that the server printed",
      );
    if (!isSameOrigin(context))
      return errorPage(context, 403, "work can only be started from this server's own pages");
    return next();
  };

  private isToken(given: string | undefined): boolean {
    const [a, b] = [Buffer.from(given ?? ""), Buffer.from(this.token)];
    return a.length === b.length && timingSafeEqual(a, b);
  }
}

/**
 * Whoever can reach the server can try tokens as fast as it answers. Sixteen signs are the least that a password
 * generator makes (96 bits of base64); the alphabet is what a bearer token may hold, more or less (RFC 6750, 2.1).
 */
const shortest = 16;

function checkToken(token: string): void {
  const hint = "make one: openssl rand -base64 24";
  if (!/^[\x21-\x7e]*$/.test(token))
    throw new UsageError("TREEWIDE_TOKEN may only have visible ASCII signs, and no spaces", hint);
  if (token.length < shortest || new Set(token).size < shortest / 2)
    throw new UsageError(
      `TREEWIDE_TOKEN could be guessed: it needs ${shortest} signs, half of them different`,
      hint,
    );
}

function authorization(header: string | undefined): string | undefined {
  const [scheme, value = ""] = (header ?? "").split(" ");
  if (scheme === "Bearer") return value;
  if (scheme !== "Basic") return undefined;
  return Buffer.from(value, "base64")
    .toString("utf8")
    .replace(/^[^:]*:/, "");
}

/** Every browser sends Origin with what is not GET or HEAD (Fetch Standard, "Origin header"); scripts have to. */
function isSameOrigin(context: Context): boolean {
  const origin = context.req.header("Origin");
  const site = context.req.header("Sec-Fetch-Site");
  if (!origin || (site !== undefined && site !== "same-origin")) return false;
  try {
    return new URL(origin).host === context.req.header("Host");
  } catch {
    return false;
  }
}
