/** From a tree to the others of this server. */
import { type Html, html } from "../shell.js";

export function otherTrees(trees: readonly string[], here: string): Html {
  const others = trees.filter((name) => name !== here);
  if (others.length === 0) return html``;
  return html` Other trees: ${others.map((name, i) => html`${i > 0 ? ", " : ""}<a href="/tree/${name}/">${name}</a>`)}`;
}
