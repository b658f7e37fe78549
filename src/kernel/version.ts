/** The version of a kernel tree. */

/**
 * Reads the version from the text of a top Makefile, composed as its own KERNELVERSION is:
 * `VERSION.PATCHLEVEL.SUBLEVEL` and EXTRAVERSION, empty parts left out. Null when it is no kernel's Makefile.
 */
export function kernelVersion(makefile: string): string | null {
  const [version, patchlevel, sublevel, extra] = ["VERSION", "PATCHLEVEL", "SUBLEVEL", "EXTRAVERSION"].map(
    (name) => new RegExp(`^${name} *=[ \\t]*([^\\s#]*)`, "m").exec(makefile)?.[1],
  );
  if (!version || !patchlevel || extra === undefined) return null;
  return `${version}.${patchlevel}${sublevel ? `.${sublevel}` : ""}${extra}`;
}
