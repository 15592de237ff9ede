// The shell of report files: one page with its script and style inside, and no request to anywhere.

import { defineConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [
    {
      // The SQL page's editor would be most of the file, for a page that cannot work in it.
      name: "without-sql",
      enforce: "pre",
      resolveId(id, from) {
        return id.endsWith("/sql/sql_page") ? this.resolve("./sql/sql_in_report", from) : null;
      },
    },
    viteSingleFile({ removeViteModuleLoader: true }),
  ],
  publicDir: false,
  build: {
    target: "es2023",
    rollupOptions: { input: "report.html" },
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
});
