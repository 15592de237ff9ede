// Writes docs/reference/keys.md from the table of keys: node tools/keys_page.ts

import { bindings, placeNames, type Where } from "../src/model/keys.ts";

function cell(keys: string): string {
  // Letters by their place are those of a US keyboard here.
  const shown = keys.replace(/Key([A-Z])$/, "$1").replace(/\|/g, "\\|");
  return /^Arrow keys$/.test(shown) ? "arrow keys" : `\`${shown}\``;
}

const sections = (Object.keys(placeNames) as Where[]).map((where) => {
  const rows = bindings
    .filter((binding) => binding.where === where)
    .map(({ keys, says, isFixed }) => {
      const change = isFixed === true ? "fixed" : "";
      return `| ${keys.map(cell).join(", ") || "none"} | ${says} | ${change} |`;
    });
  return [`## ${placeNames[where]}`, "", "| key | does | |", "|---|---|---|", ...rows, ""].join(
    "\n",
  );
});

const page = `# Keys of the pages

Made by \`./dev docs\` from the table that handles them.

\`?\` shows them on any page and changes them: press a key's button, then the new key. A key that is
taken already is named, and can be swapped. What you chose is kept by the browser, in a
cookie, since every run of \`hone view\` has a port of its own, and of reports in the storage of their
place; where it keeps nothing, it holds until the page is closed. Those marked "fixed" are the same in
every program.

\`g o\` is one key after the other. W, A, S and D on the timeline go by their place on the keyboard and
are shown as what is printed there; all others go by what they write.

${sections.join("\n")}`;
process.stdout.write(page.trimEnd() + "\n");
