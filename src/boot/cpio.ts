/** An initial ramdisk, in the kernel's own format (Documentation/driver-api/early-userspace/buffer-format.rst). */

export interface ArchiveFile {
  /** Path without a leading slash. */
  readonly path: string;
  readonly content: Uint8Array | string;
  readonly executable?: boolean;
}

const REGULAR = 0o100000;

/** @returns a cpio archive in the "newc" form; its times and owners are zero, so equal input gives equal output. */
export function cpioArchive(files: readonly ArchiveFile[]): Buffer {
  const entries = files.map((file, n) =>
    entry(n + 1, file.path, REGULAR | (file.executable ? 0o755 : 0o644), Buffer.from(file.content)),
  );
  return Buffer.concat([...entries, entry(0, "TRAILER!!!", 0, Buffer.alloc(0))]);
}

function entry(inode: number, path: string, mode: number, content: Buffer): Buffer {
  const name = Buffer.from(`${path}\0`);
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const header = Buffer.from(
    `070701${fields.map((field) => field.toString(16).padStart(8, "0").toUpperCase()).join("")}`,
  );
  return Buffer.concat([padded(Buffer.concat([header, name])), padded(content)]);
}

const padded = (data: Buffer) => Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
