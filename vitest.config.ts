import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/boot-full/**"], // vitest.boot.config.ts
    testTimeout: 120_000,
    hookTimeout: 300_000,
    pool: "forks",
  },
});
