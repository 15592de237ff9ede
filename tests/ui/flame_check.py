#!/usr/bin/env python3
"""Opens the flame graphs of the report room in a real browser and uses them.

    flame_check.py FOLDER [--pictures FOLDER]

FOLDER holds the pictures that hone_report_test writes. Ends with 77 (skipped) where there is no
Chromium.
"""

import argparse
import os
import sys
import time

sys.dont_write_bytecode = True  # leave nothing in the source tree

import browser as ui  # noqa: E402

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


# WCAG 2.2 AA: 4.5 for text. Labels of frames against their colours, as the browser computed them.
CONTRAST = """(() => {
  const part = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255;
    return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
    return (x + .05) / (y + .05); };
  const bad = [];
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
        page = browser.open(f"{folder}/flame.svg", dark=dark)
        bad = page.run(CONTRAST)
        check.that(f"contrast of 4.5 and more, {'dark' if dark else 'light'}", not bad, bad)
        page.close()


def check_hostile(check, browser, folder):
    for name in ("hostile.svg",):
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
        check_contrast(check, browser, arguments.folder)
        check_hostile(check, browser, arguments.folder)
    print(f"{check.failed} failed, {time.time() - began:.1f} s")
    return 1 if check.failed else 0


if __name__ == "__main__":
    sys.exit(main())
