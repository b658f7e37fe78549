import { expect, test } from "vitest";
import { editorOf } from "../../src/cli/terminal.js";

test("an editor that is set to nothing is not set", () => {
  expect(editorOf({ VISUAL: "emacs", EDITOR: "ed" })).toBe("emacs");
  expect(editorOf({ VISUAL: "", EDITOR: "ed" })).toBe("ed");
  expect(editorOf({ VISUAL: "", EDITOR: "" })).toBeUndefined();
});
