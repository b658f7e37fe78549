/** `make test-boot`: everything that boots kernels, however long their builds take. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/boot-full/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    pool: "forks",
  },
});
