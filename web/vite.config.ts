import { defineConfig } from "vite";

export default defineConfig({
  // Signals and Preact's own JSX; no compiler plugin.
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
  },
  test: { environment: "node", include: ["src/**/*_test.{ts,tsx}"] },
});
