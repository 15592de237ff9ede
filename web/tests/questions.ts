// The questions of the guide's chapter "Finding it": which clicks answer each, beginning with the
// Overview of a recording of the game, and where the answer stands. The test asks them, and so does
// tools/docs_examples, which writes what they found into the chapter.

import type { Locator, Page } from "playwright-core";
import { settled } from "./support.ts";

// What a reader did so far. Clicks, choices in a list, texts and keys count alike.
export class Reader {
  readonly page: Page;
  readonly steps: string[] = [];
  constructor(page: Page) {
    this.page = page;
  }
  async click(at: Locator, says?: string): Promise<void> {
    this.steps.push(says ?? (await at.innerText()).trim());
    await at.click();
    await settled(this.page);
  }
  async choose(at: Locator, value: string, says: string): Promise<void> {
    this.steps.push(says);
    await at.selectOption(value);
    await settled(this.page);
  }
  async type(at: Locator, text: string, says: string): Promise<void> {
    this.steps.push(says);
    await at.fill(text);
  }
  async key(key: string): Promise<void> {
    this.steps.push(`\`${key.replace("Control", "Ctrl")}\``);
    await this.page.keyboard.press(key);
    await settled(this.page);
  }
  rail(name: string): Promise<void> {
    const at = this.page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name });
    return this.click(at, name);
  }
  button(name: string | RegExp, within: Locator | Page = this.page): Promise<void> {
    return this.click(within.getByRole("button", { name }).first());
  }
  tab(name: string): Promise<void> {
    return this.click(this.page.getByRole("tab", { name }));
  }
}

export interface Question {
  readonly id: string; // as the chapter has it
  readonly ask: (reader: Reader, others: readonly string[]) => Promise<string>;
  // What an answer is on any machine.
  readonly answer: RegExp;
  // Parts of the address that show the answer at once, for a picture.
  readonly picture?: boolean;
}

const flat = (text: string): string => text.replace(/\s+/g, " ").trim();

async function cells(row: Locator): Promise<readonly string[]> {
  const all = await row.getByRole("gridcell").allInnerTexts();
  return all.map(flat);
}

function finding(page: Page, id: string): Locator {
  return page.locator(`[data-finding='${id}']`);
}

// "game::Queue::collect(bool)" without what it takes; a name in brackets stays.
const withoutArguments = (name: string): string => name.replace(/(\w)\(.*$/, "$1");

// The path from the outermost frame on, into the one that has most of what is left, as long as that
// is half of it, and out of the kernel. Where no stack is known nothing leads. A share stands where it becomes another.
async function heaviestPath(page: Page): Promise<string> {
  const rows = await page.getByRole("grid").first().getByRole("row").all();
  let path = "";
  let before = "100.0%";
  let depth = 0;
  for (const row of rows.slice(2)) {
    const [name = "", module = "", , share = ""] = await cells(row);
    const [, level = "", of = ""] = /^(\d+) (.*)$/.exec(name) ?? [];
    const isLess = Number.parseFloat(share) < Number.parseFloat(before) / 2;
    if (depth === 0 && of === "[no stack]") continue;
    if (Number(level) !== depth + 1 || (depth > 0 && isLess) || module === "[kernel]") break;
    const joined = path === "" ? "" : share === before ? " › " : ` ${before} › `;
    path += joined + withoutArguments(of);
    [before, depth] = [share, depth + 1];
  }
  return path === "" ? "" : `${path} ${before}`;
}

// What a page shows when two looks, one after the other, find the same.
async function steady(look: () => Promise<string>): Promise<string> {
  let before = "";
  for (let i = 0; i < looksMost; i++) {
    const now = await look();
    if (now !== "" && now === before) return now;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, betweenLooksMs));
  }
  throw new Error(`it does not settle: ${before}`);
}
const looksMost = 40;
const betweenLooksMs = 250;

// The costliest of the rows of code in view: source where it is known, else instructions.
function hottestCode(page: Page): Promise<string> {
  return page.locator(".code-row").evaluateAll((rows) => {
    const costs = rows.map((row) => {
      const [cost, ...code] = [...row.querySelectorAll("[role=gridcell]")].map(
        ({ textContent }) => textContent?.trim() ?? "",
      );
      return { share: Number.parseFloat(cost ?? "") || 0, text: [cost, ...code].join(" ") };
    });
    return costs.sort((one, other) => other.share - one.share)[0]?.text ?? "";
  });
}

// Whether frames over the budget had more to draw than the others.
export const slowFramesDrawMore = [
  "select case when f.dur > 16666667 then 'over 16.7 ms' else 'in time' end as frames,",
  "  count(*) as count, round(avg(p.value)) as instances",
  "from frame_times f join plots p on p.name = 'Render::visible_instances'",
  "  and p.ts between f.ts and f.ts + f.dur",
  "group by 1",
].join("\n");

export const questions: readonly Question[] = [
  {
    id: "slow",
    answer: /\d.*(%|ms|µs| s)/,
    ask: async ({ page }) =>
      flat(await page.locator("[data-finding] .sentence").first().innerText()),
  },
  {
    id: "path",
    answer: /^.+ \d+\.\d%$/,
    async ask(reader) {
      await reader.rail("Flame");
      await reader.button("As a table");
      return heaviestPath(reader.page);
    },
  },
  {
    id: "function",
    answer: /\d\.\d%/,
    async ask(reader) {
      const names = reader.page.locator(".top-list").first().getByRole("button");
      // The first with a name of C++; else the first of a library.
      const named = names.filter({ hasText: "::" });
      const at = (await named.count()) > 0 ? named : names.filter({ hasText: /^lib/ });
      await reader.click(at.first());
      return flat(await steady(() => hottestCode(reader.page)));
    },
  },
  {
    id: "waiting",
    answer: /^(blocked|waiting).* \d+\.\d% .*\d (ms|s)/,
    async ask(reader) {
      await reader.rail("Functions");
      await reader.tab("Waits");
      const rows = reader.page.getByRole("grid", { name: "Where their time went" });
      const all = await Promise.all((await rows.getByRole("row").all()).slice(1).map(cells));
      const [what = "", share = "", time = ""] = all
        .filter(([name]) => name !== "running")
        .sort((a, b) => Number.parseFloat(b[1] ?? "") - Number.parseFloat(a[1] ?? ""))[0] ?? [""];
      return `${what} ${share} ${time}`;
    },
  },
  {
    id: "lock",
    answer: /^.+ \d+\.\d%$/,
    async ask(reader) {
      const card = finding(reader.page, "waiting-span");
      await reader.button("Where it waits", card);
      await reader.button("As a table");
      return steady(() => heaviestPath(reader.page));
    },
  },
  {
    id: "frame",
    answer: /^\S+ \S+, rank 1 of \d.*the median/,
    async ask(reader) {
      await reader.button(/^Times of/);
      await reader.button("Jump to the slowest");
      const drawer = reader.page.getByRole("region", { name: "Details of the selection" });
      return steady(async () => {
        const facts = flat((await drawer.locator(".tl-facts").allInnerTexts()).join(" "));
        const [, rank, , wait] =
          /duration .*?(rank .*? this one .*? median)( .*?Waits in it (.*?%))?/.exec(facts) ?? [];
        const duration = /duration (\S+ \S+)/.exec(facts)?.[1] ?? "";
        return rank === undefined
          ? ""
          : `${duration}, ${rank}${wait === undefined ? "" : `\n${wait}`}`;
      });
    },
  },
  {
    id: "steady",
    answer: /^count [\d,]+ mean .* median .* p95 .* p99 .* longest/,
    async ask(reader) {
      await reader.button(/^Times of/);
      const facts = reader.page.locator(".span-facts").first();
      return steady(async () => flat(await facts.innerText()));
    },
  },
  {
    id: "change",
    answer: /ms → .* (improved|regressed|no change|inconclusive)/,
    async ask(reader, [other = ""]) {
      await reader.choose(reader.page.getByLabel("Compare with"), other, `B: ${other}`);
      const card = reader.page.locator(".compare");
      await card.getByRole("list", { name: /^Spans/ }).waitFor();
      return steady(async () => {
        const said = await card.locator(".sentence").innerText();
        const rows = await card
          .getByRole("list", { name: /^Spans/ })
          .getByRole("listitem")
          .all();
        const spans = await Promise.all(rows.map((row) => row.innerText()));
        return [said, ...spans].map(flat).join("\n");
      });
    },
  },
  {
    id: "trust",
    answer: /samples .* lost .* cost \d/,
    async ask(reader) {
      const strip = reader.page.locator(".quality");
      const said = flat(await strip.innerText());
      await reader.click(strip, "the line at the top");
      const cost = reader.page.getByRole("row", { name: /What measuring cost/ });
      return `${said}: ${flat(await cost.innerText()).replace("What measuring cost ", "")}`;
    },
  },
  {
    id: "sql",
    answer: /(over 16\.7 ms|in time) \d+ \d+/,
    async ask(reader) {
      await reader.rail("SQL");
      await reader.type(reader.page.locator(".cm-content"), slowFramesDrawMore, "a query");
      await reader.key("Control+Enter");
      const grid = reader.page.getByRole("grid", { name: "Rows" });
      await grid
        .getByText(/over 16\.7 ms|in time/)
        .first()
        .waitFor();
      const rows = (await grid.getByRole("row").all()).slice(1);
      return (await Promise.all(rows.map(cells))).map((row) => row.join(" ")).join("\n");
    },
  },
];
