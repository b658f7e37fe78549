/** What belongs together by its path. */

/** Where an unexported function may be called from: a path prefix, its module's folders as far as paths tell. */
export function regionOf(path: string): string {
  const folder = path.split("/").slice(0, -1);
  return `${(folder.length >= 4 ? folder.slice(0, -1) : folder).join("/")}/`;
}

/** The folder of a file, with a slash at its end. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}
