import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// Set by `go run ./build dev`, which serves the API on this loopback port.
const devPort = process.env.GATEHOUSE_DEV_PORT;

export default defineConfig({
  base: "./",
  plugins: [react()],
  build: {
    outDir: "dist",
    emptyOutDir: true, // public/.gitkeep is copied back, so a fresh clone embeds an empty folder
    assetsInlineLimit: 0, // the content security policy allows no data: fonts
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1024, // served from the program itself, not over a network
  },
  server: {
    host: "localhost",
    proxy: devPort ? { "/api": `http://localhost:${devPort}` } : {},
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
    css: false,
  },
});
