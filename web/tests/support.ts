// What tests of pages stand on: recordings, a server, a browser, and what must hold on every page
// (nothing in the console, nothing that axe finds).
//
//   const place = await start();
//   test("...", async () => {
//     const page = await place.open("before", "#/functions");
//     ...
//     await place.check(page);
//   });
//   after(() => place.stop());

import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Browser,
  type BrowserContextOptions,
  chromium,
  type Locator,
  type Page,
  type Request,
} from "playwright-core";

const bin = process.env["HONE_BIN"] ?? "../build/release/bin";
export const hone = join(bin, "hone");
export const outFolder = process.env["HONE_OUT"] ?? mkdtempSync(join(tmpdir(), "hone-pages-"));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const chromiumFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface Server {
  readonly url: string;
  readonly process: ChildProcess;
}

// A test that fails leaves no server behind.
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});

// `hone view` on those files, until stopServer.
export async function serve(...files: readonly string[]): Promise<Server> {
  const child = spawn(join(bin, "hone"), ["view", "--no-open", ...files], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const url = await new Promise<string>((resolve, reject) => {
    let said = "";
    child.stdout?.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      const end = said.indexOf("\n");
      if (end >= 0) resolve(said.slice(0, end));
    });
    child.once("exit", (code) => reject(new Error(`hone view ended with ${code}`)));
  });
  return { url, process: child };
}

export async function stopServer(server: Server): Promise<void> {
  if (server.process.exitCode !== null) return;
  const ended = new Promise((resolve) => server.process.once("exit", resolve));
  server.process.kill("SIGINT");
  await ended;
}

// The recordings of hone-ui-recordings, made once a run.
export function madeRecordings(): string {
  const folder = join(outFolder, "made");
  if (!existsSync(join(folder, "cut.hone"))) {
    execFileSync("mkdir", ["-p", folder]);
    execFileSync(join(bin, "hone-ui-recordings"), [folder]);
  }
  return folder;
}

// A recording of hone-golden-recording, made once a run: "--marks", "--waits".
export function goldenRecording(kind: string): string {
  const file = join(outFolder, `golden${kind}.hone`);
  if (!existsSync(file)) execFileSync(join(bin, "hone-golden-recording"), [file, kind]);
  return file;
}

// A recording of a real run, made once a run: `hone record` of `command`.
export function recorded(name: string, command: string, ...args: readonly string[]): string {
  const file = join(outFolder, `${name}.hone`);
  if (!existsSync(file)) {
    execFileSync(join(bin, "hone"), ["record", "-q", "-o", file, "--", command, ...args], {
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  return file;
}

export function example(name: string): string {
  return join(bin, `hone-example-${name}`);
}

export interface Place {
  readonly server: Server;
  readonly browser: Browser;
  // A new page at `hash`, when what it shows is there.
  open(hash: string, options?: BrowserContextOptions): Promise<Page>;
  // Nothing in the console, nothing that axe finds.
  check(page: Page): Promise<void>;
  stop(): Promise<void>;
}

// What the console said, and what is being fetched, by page.
const said = new WeakMap<Page, string[]>();
const fetching = new WeakMap<Page, Set<Request>>();

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: "/usr/bin/chromium", args: chromiumFlags });
}

export async function start(...files: readonly string[]): Promise<Place> {
  const server = await serve(...files);
  const browser = await launch();
  return {
    server,
    browser,
    async open(hash, options = {}) {
      const context = await browser.newContext({
        viewport: { width: 1400, height: 900 },
        reducedMotion: "reduce",
        ...options,
      });
      const page = await context.newPage();
      watch(page);
      await page.goto(server.url + hash);
      await settled(page);
      return page;
    },
    async check(page) {
      await settled(page);
      assert.deepEqual(said.get(page), [], "the console is silent");
      assert.deepEqual(await axeFaults(page), [], "axe finds nothing");
    },
    async stop() {
      await browser.close();
      await stopServer(server);
    },
  };
}

export function watch(page: Page): void {
  const words: string[] = [];
  said.set(page, words);
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    // While a recording is being opened the API says so by a status that browsers write down.
    const ofApi = message.location().url.includes("/api/1/");
    if (ofApi && message.text().includes("status of 503")) return;
    words.push(message.text());
  });
  page.on("pageerror", (error) => words.push(String(error)));
  const open = new Set<Request>();
  fetching.set(page, open);
  page.on("request", (request) => open.add(request));
  // One that is given up while its body comes is never said to have ended.
  page.on("response", (response) => open.delete(response.request()));
  page.on("requestfailed", (request) => open.delete(request));
}

export function consoleOf(page: Page): readonly string[] {
  return said.get(page) ?? [];
}

// Until nothing is fetched, nothing waits to be fetched, and that for a while: what a key or a click
// sets off may begin a moment later.
export async function settled(page: Page): Promise<void> {
  const end = Date.now() + 20_000;
  let still = 0;
  while (still < 3) {
    const isStill =
      (fetching.get(page)?.size ?? 0) === 0 &&
      (await page.evaluate(() => document.querySelector(".skeleton, .is-stale") === null));
    still = isStill ? still + 1 : 0;
    if (Date.now() > end) {
      const urls = [...(fetching.get(page) ?? [])].map((request) => request.url());
      throw new Error(`not still: ${urls.join(", ")}`);
    }
    await page.waitForTimeout(40);
  }
}

// Until `check` no longer throws at what was read: the page is drawn when it is its turn.
export async function eventually<T>(
  read: () => Promise<T>,
  check: (value: T) => void,
): Promise<void> {
  const end = Date.now() + 8_000;
  for (;;) {
    const value = await read();
    try {
      check(value);
      return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function shows(locator: Locator, text: RegExp): Promise<void> {
  return eventually(
    () => locator.innerText(),
    (now) => assert.match(now, text),
  );
}

export function counts(locator: Locator, count: number): Promise<void> {
  return eventually(
    () => locator.count(),
    (now) => assert.equal(now, count, String(locator)),
  );
}

export function some(locator: Locator): Promise<void> {
  return locator.first().waitFor();
}

export function inAddress(page: Page, name: string, value: string | null | RegExp): Promise<void> {
  return eventually(
    async () => (await address(page)).get(name),
    (now) => {
      if (value instanceof RegExp) assert.match(now ?? "", value);
      else assert.equal(now, value);
    },
  );
}

export function onPage(page: Page, name: string): Promise<void> {
  return eventually(
    async () => (await address(page)).page,
    (now) => assert.equal(now, name),
  );
}

// A canvas that drew at least that many rectangles.
export function draws(locator: Locator, rects: number): Promise<void> {
  return eventually(
    async () => Number(await locator.getAttribute("data-rects")),
    (now) => assert.ok(now >= rects, `${now} rectangles of ${rects}`),
  );
}

interface AxeWindow {
  readonly axe: { run(context: unknown, options: unknown): Promise<AxeResult> };
}
interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

export async function axeFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe: judge } = window as unknown as AxeWindow;
    const result = await judge.run(document, { resultTypes: ["violations"] });
    return result.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
    );
  });
}

// The state of the address, by its names.
export async function address(page: Page): Promise<URLSearchParams & { page: string }> {
  const hash = await page.evaluate(() => location.hash);
  const [path = "", query = ""] = hash.replace(/^#\//, "").split(/\?(.*)/s);
  return Object.assign(new URLSearchParams(query), { page: path });
}

// Light, dark, and at twice the size: of each a picture, and axe finds nothing.
export async function inAllLooks(place: Place, hash: string, name: string): Promise<void> {
  const looks: readonly (readonly [string, BrowserContextOptions])[] = [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    // 200% of 1400x900: half the room, in CSS pixels.
    ["zoomed", { viewport: { width: 700, height: 450 }, deviceScaleFactor: 2 }],
    ["forced", { forcedColors: "active" }],
  ];
  for (const [look, options] of looks) {
    const page = await place.open(hash, options);
    await page.screenshot({ path: join(outFolder, `${name}-${look}.png`) });
    assert.deepEqual(await axeFaults(page), [], `${name}, ${look}: axe finds nothing`);
    assert.deepEqual(consoleOf(page), [], `${name}, ${look}: the console is silent`);
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.ok(wide <= 0, `${name}, ${look}: the page scrolls sideways by ${wide} pixels`);
    await page.context().close();
  }
}
