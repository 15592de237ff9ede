// How fast pages are, for benchmarks: node tests/measure.ts WHAT FILE prints one object of JSON.
//
//   open FILE   `hone view` is started on it, and what it opens is shown: milliseconds from the
//               start of the server until the page is there, the Overview with its findings; then
//               the timeline with all tracks in view drawn, the window after a zoom into it, the
//               page Functions
//   pace FILE   120 frames of panning and zooming over the timeline: gaps between frames and long
//               tasks, in milliseconds
//   flame FILE  from the click on Flame until frames are drawn, milliseconds, on a page that was
//               looked at before; and where Flame itself is the first page (direct), from its address
//
// Times until something is drawn are of the frame in which the page's canvas has it.

import type { Page } from "playwright-core";
import { type Server, launch, serve, settled, stopServer, watch } from "./support.ts";

interface Marks {
  // Epoch milliseconds at which the selector was first there.
  readonly __marks: Record<string, number>;
  readonly __long: number[];
}

const drawnAt = {
  overview: "dl.numbers + *, .findings",
  complete: "canvas[data-pane=main][data-complete='1']:not([data-rects='0'])[data-rects]",
  flame: ".flame-canvas:not([data-rects='0'])[data-rects]",
  shell: "nav, main",
};

const [what = "", file = ""] = process.argv.slice(2);
const ways: Record<string, (file: string) => Promise<object>> = { open, pace, flame };
const way = ways[what];
if (way === undefined || file === "") {
  console.error("usage: measure.ts open|pace|flame FILE");
  process.exit(2);
}
console.log(JSON.stringify(await way(file)));
process.exit(0);

async function open(name: string): Promise<object> {
  const browser = await launch();
  const page = await newPage(browser);
  const began = Date.now();
  const server = await serve(name);
  const listening = Date.now();
  await page.goto(server.url);
  const out: Record<string, number> = { listening: listening - began };
  for (const mark of ["shell", "overview"] as const) {
    out[mark] = (await seen(page, mark)) - began;
  }
  await goTo(page, "timeline");
  out["timeline"] = (await seen(page, "complete")) - began;
  const before = await page.locator("canvas[data-pane=main]").getAttribute("data-view");
  await page.locator("#page").focus();
  await page.keyboard.press("w");
  await page.waitForFunction(
    (old) => {
      const now = document.querySelector<HTMLElement>("canvas[data-pane=main]");
      return now?.dataset["complete"] === "1" && now.dataset["view"] !== old;
    },
    before,
    { polling: "raf" },
  );
  out["zoomed"] = Date.now() - began;
  await goTo(page, "functions");
  await page.getByRole("grid").first().getByRole("row").nth(1).waitFor();
  out["functions"] = Date.now() - began;
  await close(browser, server);
  return out;
}

async function pace(name: string): Promise<object> {
  const server = await serve(name);
  const browser = await launch();
  const page = await newPage(browser);
  await page.goto(`${server.url.replace("/?", "/?probe=1&")}#/timeline`);
  await seen(page, "complete");
  await settled(page);
  const box = await page.locator("canvas[data-pane=main]").boundingBox();
  if (box === null) throw new Error("no canvas");
  const middle = box.y + Math.min(box.height / 2, 200);
  await page.mouse.move(box.x + box.width / 2, middle);
  await page.evaluate(() => {
    const probed = window as unknown as Probed & Marks;
    probed.__hone.reset();
    probed.__long.length = 0;
  });
  // Into it, along, and out again: each step is a message of its own, as a hand gives them.
  for (let i = 0; i < 120; i += 1) {
    if (i < 40) await wheel(page, "Control", -60);
    else if (i < 80) await wheel(page, "Shift", i < 60 ? 80 : -80);
    else await wheel(page, "Control", 60);
    await page.waitForTimeout(16);
  }
  const out = await page.evaluate(() => {
    const probed = window as unknown as Probed & Marks;
    return {
      gaps_ms: probed.__hone.frames().map((one) => one.gap_ms),
      rects: Math.max(...probed.__hone.frames().map((one) => one.rects)),
      draws: probed.__hone.draws(),
      long_ms: probed.__long,
    };
  });
  await close(browser, server);
  return out;
}

async function flame(name: string): Promise<object> {
  const server = await serve(name);
  const browser = await launch();
  const page = await newPage(browser);
  await page.goto(`${server.url}#/system`);
  await page.locator("main[data-page=system]").waitFor();
  await settled(page);
  const began = await page.evaluate(() => {
    location.hash = "#/flame";
    return Date.now();
  });
  const first = (await seen(page, "flame")) - began;
  await settled(page);
  const rects = Number(await page.locator(".flame-canvas").first().getAttribute("data-rects"));
  await close(browser, server);
  return { first, direct: await directFlame(name), rects };
}

async function directFlame(name: string): Promise<number> {
  const server = await serve(name);
  const browser = await launch();
  const page = await newPage(browser);
  const began = Date.now();
  await page.goto(`${server.url}#/flame`);
  const drawn = (await seen(page, "flame")) - began;
  await close(browser, server);
  return drawn;
}

async function goTo(page: Page, name: string): Promise<void> {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, `#/${name}`);
}

interface Probed {
  readonly __hone: {
    reset(): void;
    draws(): number;
    frames(): readonly { readonly gap_ms: number; readonly rects: number }[];
  };
}

async function wheel(page: Page, key: string, by: number): Promise<void> {
  await page.keyboard.down(key);
  await page.mouse.wheel(0, by);
  await page.keyboard.up(key);
}

// The page notes itself, at each frame, what is there.
async function newPage(browser: Awaited<ReturnType<typeof launch>>): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  const page = await context.newPage();
  watch(page);
  await page.addInitScript((selectors) => {
    const own = window as unknown as { __marks: Record<string, number>; __long: number[] };
    own.__marks = {};
    own.__long = [];
    new PerformanceObserver((list) => {
      for (const task of list.getEntries()) own.__long.push(task.duration);
    }).observe({ entryTypes: ["longtask"] });
    const look = (): void => {
      for (const [name, selector] of Object.entries(selectors)) {
        if (own.__marks[name] === undefined && document.querySelector(selector) !== null) {
          own.__marks[name] = Date.now();
        }
      }
      requestAnimationFrame(look);
    };
    look();
  }, drawnAt);
  await page.goto("about:blank");
  return page;
}

async function seen(page: Page, mark: keyof typeof drawnAt): Promise<number> {
  const found = await page.waitForFunction(
    (name) => (window as unknown as Marks).__marks[name],
    mark,
    { polling: "raf", timeout: 120_000 },
  );
  return (await found.jsonValue()) ?? NaN;
}

async function close(browser: Awaited<ReturnType<typeof launch>>, server: Server): Promise<void> {
  await browser.close();
  await stopServer(server);
}
