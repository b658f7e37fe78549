/** Names of files as git writes them in patches. */

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** A name as git quotes it when it holds unusual bytes (git-config(1), core.quotePath). */
export function unquotePath(text: string): string {
  const inner = /^"(.*)"$/.exec(text)?.[1];
  if (inner === undefined) return text;
  const bytes = Buffer.from(inner, "utf8").toString("latin1");
  const plain = bytes.replace(/\\(?:([0-7]{1,3})|(.))/g, (_, octal?: string, letter?: string) =>
    octal ? String.fromCharCode(Number.parseInt(octal, 8) & 0xff) : (ESCAPES[letter!] ?? letter!),
  );
  return Buffer.from(plain, "latin1").toString("utf8");
}
