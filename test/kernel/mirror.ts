/** A small Debian archive, signed, on a loopback server: what apt needs to believe that it is Debian's. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { DebianMirror } from "../../src/kernel/debian.js";
import { temporaryFolder, writeTree } from "./fixture.js";

const allSuites = {
  debian: ["trixie-backports", "bookworm-backports", "trixie", "sid"],
  "debian-security": ["bookworm-security", "trixie-security"],
};

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { stdio: ["ignore", "pipe", "pipe"] });

/** A key of our own; returns its folder and the keyring with its public half. */
export function makeKey(): { home: string; keyring: string } {
  const home = temporaryFolder();
  const gpg = (...args: string[]) => run("gpg", "--homedir", home, "--batch", "--quiet", ...args);
  gpg("--passphrase", "", "--quick-generate-key", "test@example.org", "ed25519", "sign");
  onTestFinished(() => void run("gpgconf", "--homedir", home, "--kill", "all"));
  const keyring = join(home, "keyring.gpg");
  writeFileSync(keyring, gpg("--export"));
  return { home, keyring };
}

/** A package linux-source-VERSION with these files in its tarball. */
function buildPackage(folder: string, version: string, files: Readonly<Record<string, string>>): string {
  const name = `linux-source-${version}`;
  const [content, root] = [temporaryFolder(), temporaryFolder()];
  writeTree(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`${name}/${path}`, text])),
    content,
  );
  const control = `Package: ${name}\nVersion: ${version}.4-1~test+1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: test\n`;
  writeTree({ "DEBIAN/control": control, "usr/src/empty": "" }, root);
  run("tar", "-C", content, "-cJf", join(root, "usr/src", `${name}.tar.xz`), name);
  const path = join(folder, `${name}_${version}.4-1~test+1_all.deb`);
  run("dpkg-deb", "--root-owner-group", "--build", root, path);
  return path;
}

export interface Mirror extends DebianMirror {
  readonly folder: string;
  /** The package's file, to be tampered with. */
  readonly archive: string;
  /** Paths that were asked for. */
  readonly requests: readonly string[];
  /** Lets a request be answered in another way; true when it was. */
  answer: (path: string, response: ServerResponse) => boolean;
}

/** A mirror whose suites all hold one package. It has not been updated for a while, as snapshots are not. */
export async function startMirror(version: string, files: Readonly<Record<string, string>>): Promise<Mirror> {
  const folder = temporaryFolder();
  const { home, keyring } = makeKey();
  const architecture = run("dpkg", "--print-architecture").toString().trim();
  const built = buildPackage(temporaryFolder(), version, files);
  const fileName = built.slice(built.lastIndexOf("/") + 1);
  for (const [archive, suites] of Object.entries(allSuites)) {
    const pool = join(folder, archive, "pool", fileName);
    mkdirSync(join(folder, archive, "pool"), { recursive: true });
    copyFileSync(built, pool);
    for (const suite of suites) {
      const packages =
        `${run("dpkg-deb", "--field", pool).toString().trim()}\nFilename: pool/${fileName}\n` +
        `Size: ${statSync(pool).size}\nSHA256: ${sha256(pool)}\n`;
      const index = `main/binary-${architecture}/Packages`;
      const base = writeTree({ [index]: packages }, join(folder, archive, "dists", suite));
      const release =
        `Suite: ${suite}\nCodename: ${suite}\nDate: ${new Date().toUTCString()}\nArchitectures: ${architecture}\n` +
        `Valid-Until: ${new Date(Date.now() - 864e5).toUTCString()}\nComponents: main\nSHA256:\n ${sha256(join(base, index))} ${packages.length} ${index}\n`;
      writeFileSync(join(base, "Release"), release);
      run(
        "gpg",
        "--homedir",
        home,
        "--batch",
        "--clearsign",
        "--output",
        join(base, "InRelease"),
        join(base, "Release"),
      );
    }
  }
  const requests: string[] = [];
  const mirror: Mirror = {
    base: "",
    keyring,
    folder,
    archive: join(folder, "debian", "pool", fileName),
    requests,
    answer: () => false,
  };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url!);
    requests.push(path);
    if (mirror.answer(path, response)) return;
    try {
      response.end(readFileSync(join(folder, path)));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(mirror, { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
}
