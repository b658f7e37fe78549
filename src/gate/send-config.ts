/** The user's mail settings, as git send-email(1) reads them: `sendemail.*`, and `sendemail.<identity>.*` over them. */
import { KnownError } from "../base/errors.js";
import { git } from "../kernel/git.js";
import { type Person, parsePerson } from "../kernel/maintainers-people.js";
import type { Transport } from "./send.js";
import { gitTransport, sendmailTransport } from "./send-programs.js";
import { SmtpTransport } from "./send-smtp.js";

/** Keys in lower case, without `sendemail.`; the last of several values. */
export type MailSettings = ReadonlyMap<string, string>;

export function mailSettings(repository: string): MailSettings {
  const args = ["config", "--null", "--get-regexp", "^sendemail\\."];
  const { stdout } = git(repository, args, { accept: [0, 1] });
  const all = new Map(
    stdout
      .toString("utf8")
      .split("\0")
      .filter(Boolean)
      .map((item): [string, string] => {
        const [key = "", ...value] = item.split("\n");
        return [key.slice("sendemail.".length), value.join("\n")];
      }),
  );
  const identity = all.get("identity");
  const own = [...all].filter(([key]) => !key.includes("."));
  const over = [...all]
    .filter(([key]) => identity !== undefined && key.startsWith(`${identity}.`))
    .map(([key, value]): [string, string] => [key.slice(identity!.length + 1), value]);
  return new Map([...own, ...over]);
}

/**
 * Who sends: `sendemail.from`, else the author that git would write into a commit.
 * @throws KnownError when neither is set or neither holds an address.
 */
export function senderOf(repository: string, settings: MailSettings): Person {
  const configured = settings.get("from");
  const { stdout } = git(repository, ["var", "GIT_AUTHOR_IDENT"], { accept: "any" });
  const author = stdout.toString("utf8").replace(/ \d+ [+-]\d+\s*$/, "");
  const person = parsePerson(configured ?? author);
  if (person) return person;
  throw new KnownError(
    configured
      ? `sendemail.from: ${configured}: no address`
      : author
        ? `${author}: your address in git has no domain`
        : "git does not know your name and address",
    "git config --global user.name NAME; git config --global user.email ADDRESS",
  );
}

export type Via = "smtp" | "sendmail" | "git";

/**
 * The way out that the settings name. `sendemail.smtpServer` is a host (SMTP) or, with a slash, a program like
 * sendmail; with none, or with `via`, mail goes through git send-email itself.
 * @throws KnownError when SMTP is asked for and no server is set, or a setting makes no sense.
 */
export function transportOf(repository: string, settings: MailSettings, via?: Via): Transport {
  const server = settings.get("smtpserver");
  const program = settings.get("sendmailcmd") ?? (server?.includes("/") ? server : undefined);
  const way = via ?? (program ? "sendmail" : server ? "smtp" : "git");
  if (way === "git") return gitTransport(repository);
  if (way === "sendmail") return sendmailTransport(program ?? "/usr/sbin/sendmail");
  if (!server || program)
    throw new KnownError(
      "no SMTP server is set",
      "git config --global sendemail.smtpServer HOST; sendemail.smtpUser, smtpEncryption and smtpServerPort as it needs",
    );
  const encryption = settings.get("smtpencryption") || "none";
  if (encryption !== "none" && encryption !== "ssl" && encryption !== "tls")
    throw new KnownError(`sendemail.smtpEncryption: ${encryption}`, "it is ssl, tls or empty");
  const port = Number(settings.get("smtpserverport") ?? { none: 25, ssl: 465, tls: 587 }[encryption]);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new KnownError(
      `sendemail.smtpServerPort: ${settings.get("smtpserverport")}`,
      "it is a port number",
    );
  const user = settings.get("smtpuser");
  const domain = settings.get("smtpdomain");
  return new SmtpTransport({
    host: server,
    port,
    encryption,
    batch: Number(settings.get("smtpbatchsize") ?? 0),
    ...(domain ? { domain } : {}),
    ...(user
      ? { login: { user, pass: settings.get("smtppass") ?? password(repository, server, port, user) } }
      : {}),
  });
}

/** Asks git's credential helpers, as git send-email does. */
function password(repository: string, host: string, port: number, user: string): string {
  const { stdout } = git(repository, ["credential", "fill"], {
    input: `protocol=smtp\nhost=${host}:${port}\nusername=${user}\n\n`,
    accept: "any",
  });
  const found = /^password=(.*)$/m.exec(stdout.toString("utf8"))?.[1];
  if (found !== undefined) return found;
  throw new KnownError(
    `no password for ${user} at ${host}:${port}`,
    "set a credential helper (gitcredentials(7)), or sendemail.smtpPass",
  );
}
