import { defineConfig } from "vitest/config";

// The whole program driven through a browser; `go run ./build test` names the two by GATEHOUSE_BINARY and
// GATEHOUSE_BROWSER.
export default defineConfig({
  test: {
    include: ["e2e/**/*.test.ts"],
    environment: "node",
    globalSetup: ["e2e/setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
});
