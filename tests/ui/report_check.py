#!/usr/bin/env python3
"""Opens the pages of the report room in a real browser and uses them.

    report_check.py FOLDER [--pictures FOLDER]

FOLDER holds the pages that hone_report_test writes. Ends with 77 (skipped) where there is no
Chromium.
"""

import argparse
import os
import sys
import time

sys.dont_write_bytecode = True  # leave nothing in the source tree

import browser as ui  # noqa: E402

DOT = "memory::similarity::dot_avx2"
ACTIVE = "document.querySelector('.hf-scroll svg').dataset.active"
ZOOM = "document.querySelector('.hf-scroll svg').dataset.zoom"
FRAMES = "Number(document.querySelector('.hf-scroll svg').dataset.frames)"
MATCHED = "document.querySelector('.hf-bar output').textContent"


class Check:
    def __init__(self):
        self.failed = 0

    def that(self, what, holds, seen=None):
        if not holds:
            self.failed += 1
        print(("ok     " if holds else "FAILED ") + what + ("" if holds else f": {seen!r}"))

    def equal(self, what, seen, wanted):
        self.that(what, seen == wanted, f"{seen!r}, not {wanted!r}")


def quiet(check, page, name):
    complaints = page.complaints()
    check.that(f"{name}: no errors, no policy violations", not complaints, complaints)
    requests = page.requests()
    check.that(f"{name}: one request, the file itself", len(requests) == 1, requests)


def walk_flame(check, page, name):
    """Search, zoom and keyboard of the graph, which has the focus."""
    check.equal(f"{name}: starts at the root", page.run(ACTIVE), "all")
    page.key("ArrowDown")
    check.equal(f"{name}: down goes to the widest callee", page.run(ACTIVE), "_start")
    page.key("ArrowRight")
    check.equal(f"{name}: right goes to the sibling", page.run(ACTIVE), "[broken stacks]")
    page.key("ArrowLeft")
    page.key("ArrowDown")
    page.key("ArrowDown")
    check.equal(f"{name}: main", page.run(ACTIVE), "main")
    before = page.run(FRAMES)
    page.key("ArrowDown")
    inner = page.run(ACTIVE)
    page.key("Enter")
    check.equal(f"{name}: Enter zooms", page.run(ZOOM), inner)
    check.that(f"{name}: callers of the zoomed frame stay",
               page.run("document.querySelectorAll('.hf-frame.up').length") == 4)
    page.key("Backspace")
    check.equal(f"{name}: Backspace zooms out", page.run(ZOOM), "all")
    check.equal(f"{name}: the same frames are back", page.run(FRAMES), before)
    page.key("Enter")
    page.key("Escape")
    check.equal(f"{name}: Escape zooms out", page.run(ZOOM), "all")
    check.that(f"{name}: the focus ring is shown",
               page.run("getComputedStyle(document.querySelector('.hf-ring')).visibility")
               == "visible")

    page.key("/")
    check.equal(f"{name}: slash goes to the search",
                page.run("document.activeElement.type"), "search")
    page.type("similarity::dot|dot_avx2")
    # 1160 of 3651 samples; dot_avx2 stands inside dot and must not count twice.
    check.equal(f"{name}: matched share, nothing counted twice", page.run(MATCHED),
                "31.8% of CPU time in 2 places")
    check.that(f"{name}: matches are marked",
               page.run("document.querySelectorAll('.hf-frame.hit').length") == 4)
    page.key("Enter")
    check.that(f"{name}: Enter goes to a match", "dot" in page.run(ACTIVE), page.run(ACTIVE))
    page.key("f", control=True)
    check.equal(f"{name}: Ctrl+F goes to the search",
                page.run("document.activeElement.type"), "search")
    page.run("document.querySelector('.hf-bar input').value = ''")
    page.type("std::vector<(")
    check.equal(f"{name}: a broken expression is searched as text", page.run(MATCHED),
                "0.0%: nothing matches")
    page.key("Escape")
    check.equal(f"{name}: Escape clears the search", page.run(MATCHED), "")


def hover_flame(check, page, name):
    box = page.run("(() => { const r = [...document.querySelectorAll('.hf-frame')].find((f) =>"
                   " (f.getAttribute('aria-label') || '').startsWith('memory::run_queries'))"
                   ".getBoundingClientRect(); return [r.x + r.width / 2, r.y + 5]; })()")
    page.mouse(*box)
    tip = page.run("document.querySelector('.hf-tip').hidden ? '' :"
                   " document.querySelector('.hf-tip').textContent")
    check.that(f"{name}: hovering tells the details",
               "memory::run_queries" in tip and "%" in tip, tip)
    page.mouse(*box, click=True)
    check.equal(f"{name}: a click zooms", page.run(ZOOM), "memory::run_queries")
    page.key("0")
    check.equal(f"{name}: 0 shows everything", page.run(ZOOM), "all")


def check_svg(check, browser, folder, pictures):
    page = browser.open(f"{folder}/flame.svg")
    walk_flame(check, page, "flame.svg")
    hover_flame(check, page, "flame.svg")
    page.key("i")
    check.that("flame.svg: i flips it", page.run(
        "(() => { const y = (n) => Number([...document.querySelectorAll('.hf-frame')].find((f) =>"
        " (f.getAttribute('aria-label') || '').startsWith(n)).getAttribute('y'));"
        " return y('all') > y('main'); })()"))
    quiet(check, page, "flame.svg")
    page.key("i")
    if pictures:
        page.mouse(1, 1)
        page.picture(f"{pictures}/flame-light.png")
        page.media(dark=True)
        page.run("document.querySelector('.hf-bar input').focus()")
        page.type("malloc")
        page.key("Enter")
        page.picture(f"{pictures}/flame-dark-search.png")
    page.close()
    still = browser.open(f"{folder}/flame.svg", scripts=False)
    if pictures:
        still.picture(f"{pictures}/flame-still.png")
    still.close()


def check_large(check, browser, folder, pictures):
    page = browser.open(f"{folder}/large.svg")
    check.that("large.svg: 20,000 nodes", page.run(
        "JSON.parse(document.getElementById('hone-flame').textContent).depth.length") >= 20000)
    if pictures:
        page.picture(f"{pictures}/large.png")
    took = page.run("(() => { const s = document.querySelector('.hf-scroll svg');"
                    " const key = (k) => s.dispatchEvent(new KeyboardEvent('keydown', {key: k}));"
                    " for (let i = 0; i < 9; i++) key('ArrowDown');"
                    " const t = performance.now(); key('Enter'); s.getBoundingClientRect();"
                    " key('Backspace'); s.getBoundingClientRect();"
                    " return performance.now() - t; })()")
    check.that(f"large.svg: zoom in and out in {took:.0f} ms", took < 1000, took)
    quiet(check, page, "large.svg")
    page.close()


def check_page(check, browser, folder, pictures):
    page = browser.open(f"{folder}/report.html")
    check.that("report.html: findings stand before the graph and the table", page.run(
        "['findings', 'flame', 'hot'].every((id, i, all) => i === 0 ||"
        " document.getElementById(all[i - 1])"
        ".compareDocumentPosition(document.getElementById(id)) & 4)"))
    summary = page.run("JSON.parse(document.getElementById('summary').textContent)")
    check.equal("report.html: the summary for tools", summary["schema"], "hone.report/1")
    check.equal("report.html: it opens without a theme of its own",
                page.run("document.documentElement.dataset.theme || ''"), "")
    page.run("document.querySelector('.hf-scroll svg').focus()")
    page.key("ArrowDown")
    page.key("ArrowUp")
    walk_flame(check, page, "report.html")
    hover_flame(check, page, "report.html")

    rows = "[...document.querySelectorAll('.group:not([hidden]) tbody tr:not([hidden]) .name')]" \
           ".map((c) => c.title)"
    check.equal("report.html: sorted by self time", page.run(rows)[0], DOT)
    head = "[...document.querySelectorAll('.group:not([hidden]) th button')]"
    page.run(f"{head}.find((b) => b.textContent === 'Total').focus()")
    page.key("Enter")
    check.equal("report.html: sorted by total by keyboard", page.run(rows)[0],
                "memory::HnswIndex::search_layer")
    check.equal("report.html: the order is announced", page.run(
        "document.querySelector('th[aria-sort]').textContent"), "Total")
    page.run("document.activeElement.blur(); document.body.focus()")
    page.key("/")
    page.type("decay")
    found = page.run(rows)
    check.that("report.html: the filter", len(found) == 1 and "decay" in found[0], found)
    page.key("Escape")
    page.run("document.querySelector('.tabs button[data-by=module]').click()")
    check.that("report.html: by module", "memory_graph" in page.run(rows)[0], page.run(rows))
    page.run("document.querySelector('.tabs button[data-by=function]').click()")
    page.run("location.hash = '#code-2'")
    check.that("report.html: a link opens its code", page.run(
        "new Promise((r) => setTimeout(() => r(document.getElementById('code-2').open), 100))"))
    quiet(check, page, "report.html")
    page.close()
    if not pictures:
        return
    for dark in (False, True):
        page = browser.open(f"{folder}/report.html", dark=dark, width=1360)
        page.picture(f"{pictures}/report-{'dark' if dark else 'light'}.png", whole=True)
        page.close()
    page = browser.open(f"{folder}/report.html", scripts=False)
    page.picture(f"{pictures}/report-still.png", whole=True)
    page.close()
    page = browser.open(f"{folder}/report.html", width=420)
    page.picture(f"{pictures}/report-narrow.png")
    page.close()


# WCAG 2.2 AA: 4.5 for text. Colours as the browser computed them, against what is painted behind.
CONTRAST = """(() => {
  const part = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const behind = (e) => { for (; e; e = e.parentElement) {
    const c = part(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
    return [255, 255, 255]; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + .05) / (y + .05); };
  const bad = [];
  const seen = new Set();
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || e.closest('svg, script, style, .hf-live, :disabled')) continue;
    if (!e.getClientRects().length) continue;
    const s = getComputedStyle(e), r = ratio(part(s.color).slice(0, 3), behind(e).slice(0, 3));
    const key = e.tagName + e.className + r.toFixed(2);
    if (r >= 4.5 || seen.has(key)) continue;
    seen.add(key);
    bad.push([e.tagName, e.className, r.toFixed(2)]);
  }
  for (const f of document.querySelectorAll('.hf-scroll rect.hf-frame')) {
    const label = document.querySelector('.hf-t');
    const fill = getComputedStyle(f).fill;
    if (fill.startsWith('url') || !label) continue;
    const r = ratio(part(getComputedStyle(label).fill).slice(0, 3), part(fill).slice(0, 3));
    if (r < 4.5) bad.push(['frame', f.getAttribute('class'), r.toFixed(2)]);
  }
  return bad;
})()"""


def check_contrast(check, browser, folder):
    for dark in (False, True):
        page = browser.open(f"{folder}/report.html", dark=dark)
        bad = page.run(CONTRAST)
        check.that(f"contrast of 4.5 and more, {'dark' if dark else 'light'}", not bad, bad)
        names = page.run("[...document.querySelectorAll('button, input, [role=region], nav,"
                         " section, svg[role]')].filter((e) => !e.textContent.trim()"
                         " && !e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby'))"
                         ".map((e) => e.outerHTML.slice(0, 80))")
        check.that("every control has a name", not names, names)
        page.close()


def check_hostile(check, browser, folder):
    for name in ("hostile.html", "hostile.svg"):
        page = browser.open(f"{folder}/{name}")
        title = page.run("document.title")
        check.that(f"{name}: nothing hostile ran", title != "pwned", title)
        check.equal(f"{name}: no element was smuggled in", page.run(
            "document.querySelectorAll('img, [onclick], [onerror]').length"), 0)
        check.that(f"{name}: the graph is drawn", page.run(FRAMES) >= 3, page.run(FRAMES))
        quiet(check, page, name)
        page.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--pictures")
    arguments = parser.parse_args()
    if not ui.find_chromium():
        print("SKIPPED: there is no Chromium here (apt install chromium), so that the pages were "
              "not opened in a browser")
        return 77
    if arguments.pictures:
        os.makedirs(arguments.pictures, exist_ok=True)
    check = Check()
    began = time.time()
    with ui.Browser() as browser:
        check_svg(check, browser, arguments.folder, arguments.pictures)
        check_large(check, browser, arguments.folder, arguments.pictures)
        check_page(check, browser, arguments.folder, arguments.pictures)
        check_contrast(check, browser, arguments.folder)
        check_hostile(check, browser, arguments.folder)
    print(f"{check.failed} failed, {time.time() - began:.1f} s")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
