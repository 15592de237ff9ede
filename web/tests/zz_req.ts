import { launch, serve, settled, stopServer } from "./support.ts";
const [file="", ...pages] = process.argv.slice(2);
const browser = await launch();
const page = await (await browser.newContext()).newPage();
let t0 = Date.now();
page.on("requestfinished", async (r) => { const t = r.timing(); const u=r.url(); if(!u.includes("/api/")) return; const now=Date.now()-t0; console.log(String(now).padStart(6), "start", String(Math.round(t.startTime - t0)).padStart(6), "dur", String(Math.round(t.responseEnd)).padStart(5), (await r.response())?.status(), u.replace(/.*api\/1/,"").slice(0,140)); });
t0 = Date.now();
const server = await serve(file);
await page.goto(server.url);
for (const p of pages) { await settled(page); await page.waitForTimeout(300); t0=Date.now(); console.log("--", p); await page.evaluate((h)=>{location.hash="#/"+h}, p); }
await settled(page); await page.waitForTimeout(500);
await browser.close(); await stopServer(server); process.exit(0);
