/** `make test-check`: what `treewide check` finds on a real kernel, however long it takes to compile. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/check-full/**/*.test.ts"],
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
    pool: "forks",
  },
});
