import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/boot-full/**", "test/check-full/**"], // vitest.boot.config.ts, vitest.check.config.ts
    testTimeout: 120_000,
    hookTimeout: 300_000,
    pool: "forks",
  },
});
