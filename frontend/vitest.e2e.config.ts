import { defineConfig } from "vitest/config";

// The whole program driven through a browser; `go run ./build test` names the two by GATEHOUSE_BINARY and
// GATEHOUSE_BROWSER.
export default defineConfig({
  test: {
    include: ["e2e/**/*.test.ts"],
    environment: "node",
    globalSetup: ["e2e/setup.ts"],
    // Patient: on two cores under load a test takes ten times as long as alone.
    testTimeout: 180_000,
    hookTimeout: 90_000,
    maxWorkers: 2,
    // Playwright is loaded once a worker, not once a file; each file has servers of its own all the same.
    isolate: false,
  },
});
