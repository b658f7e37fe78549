/** Which tokens a server takes. */
import { expect, test } from "vitest";
import { Guard } from "../../src/web/guard.js";

test.each([
  ["abc", "could be guessed"],
  ["fifteen-letters", "could be guessed"],
  ["abababababababababab", "could be guessed"],
  ["with spaces and other things", "visible ASCII"],
  ["with-a-line-end-and-more\n", "visible ASCII"],
])("the token %j is refused", (token, words) => {
  expect(() => new Guard(token)).toThrow(words);
});

test("a token of a password generator is taken, and without one a token is made up", () => {
  expect(new Guard("q0Vt+3tQb5Yc/1Zx").token).toBe("q0Vt+3tQb5Yc/1Zx");
  expect(new Guard().token).not.toBe(new Guard("").token);
});
