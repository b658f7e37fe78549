/** Sending by SMTP, on one connection for many messages. */
import { Readable } from "node:stream";
import SMTPConnection from "nodemailer/lib/smtp-connection";
import type { Delivery, Parcel, Transport } from "./send.js";

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `ssl`: TLS from the first byte; `tls`: STARTTLS, required; `none`, as git send-email has them. */
  readonly encryption: "none" | "ssl" | "tls";
  readonly login?: { readonly user: string; readonly pass: string };
  /** The name to greet the server with. */
  readonly domain?: string;
  /** Messages on one connection; 0 is any number. */
  readonly batch: number;
  /** Milliseconds of silence after which a connection counts as lost. */
  readonly timeout?: number;
}

interface SmtpError extends Error {
  readonly responseCode?: number;
  readonly code?: string;
}

/** A server may take ten minutes to answer the end of a message (RFC 5321, 4.5.3.2.6). */
const SILENCE = 600_000;
/** nodemailer's codes for a server that cannot be reached or that went away. */
const CONNECTION_ERRORS = new Set(["ECONNECTION", "ESOCKET", "ETIMEDOUT", "EDNS"]);

const closed = () => Object.assign(new Error("the connection was closed"), { code: "ECONNECTION" });

export class SmtpTransport implements Transport {
  readonly name: string;
  readonly exact = true;
  private connection: SMTPConnection | undefined;
  private sent = 0;

  constructor(private readonly server: SmtpServer) {
    this.name = `${server.host}:${server.port}`;
  }

  async deliver(parcel: Parcel): Promise<Delivery> {
    let connection: SMTPConnection;
    try {
      connection = await this.connected();
    } catch (error) {
      return this.refused(error as SmtpError);
    }
    return new Promise((resolve) => {
      // Once the last byte has been read from it, the final dot may have reached the server: from then on silence
      // says nothing about what became of the message.
      const body = Readable.from([parcel.bytes]);
      let handedOver = false;
      body.once("end", () => {
        handedOver = true;
      });
      const lost = (error: SmtpError) => {
        const uncertain = handedOver && (error.responseCode ?? 0) < 400;
        resolve(uncertain ? { state: "uncertain", answer: this.dropped(error) } : this.refused(error));
      };
      connection.once("error", lost);
      connection.once("end", () => lost(closed()));
      const envelope = {
        from: parcel.from,
        to: [...parcel.recipients],
        size: parcel.bytes.length,
        use8BitMime: parcel.bytes.some((byte) => byte > 127),
      };
      connection.send(envelope, body, (error, info) => {
        connection.removeAllListeners("error").on("error", () => {});
        connection.removeAllListeners("end");
        if (error || !info) return lost((error as SmtpError) ?? closed());
        this.sent++;
        if (this.server.batch > 0 && this.sent >= this.server.batch) this.hangUp();
        const later = (info.rejectedErrors ?? []).filter(({ responseCode = 500 }) => responseCode < 500);
        const deferred = later.flatMap(({ recipient }) => recipient ?? []);
        const rejected = info.rejected.filter((address) => !deferred.includes(address));
        resolve({ state: "sent", answer: info.response, rejected, deferred });
      });
    });
  }

  async close(): Promise<void> {
    this.hangUp();
  }

  private hangUp(): void {
    this.connection?.removeAllListeners().on("error", () => {}); // nothing that happens now concerns a message
    this.connection?.quit();
    this.connection = undefined;
    this.sent = 0;
  }

  private async connected(): Promise<SMTPConnection> {
    if (this.connection && !this.connection.destroyed) return this.connection;
    const { host, port, encryption, login, domain, timeout = SILENCE } = this.server;
    const connection = new SMTPConnection({
      host,
      port,
      secure: encryption === "ssl",
      requireTLS: encryption === "tls",
      ignoreTLS: encryption === "none",
      name: domain,
      connectionTimeout: Math.min(timeout, 60_000),
      greetingTimeout: Math.min(timeout, 60_000),
      socketTimeout: timeout,
    });
    try {
      await new Promise<void>((resolve, reject) => {
        const settle = (error: Error | null | undefined) => (error ? reject(error) : resolve());
        connection.on("error", reject);
        connection.connect((error) => (login && !error ? connection.login(login, settle) : settle(error)));
      });
    } catch (error) {
      connection.close(); // open, it would keep the program until the server gives up
      throw error;
    }
    connection.removeAllListeners("error").on("error", () => {});
    this.connection = connection;
    this.sent = 0;
    return connection;
  }

  /** A lost connection and 4xx are worth another try (RFC 5321, 4.2.1); a wrong password and 5xx are not. */
  private refused(error: SmtpError): Delivery {
    const { responseCode = 0, code = "" } = error;
    const again = responseCode > 0 ? responseCode < 500 : CONNECTION_ERRORS.has(code);
    return { state: "refused", answer: this.dropped(error), again };
  }

  private dropped(error: SmtpError): string {
    this.connection?.close();
    this.connection = undefined;
    return error.message;
  }
}
