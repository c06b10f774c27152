"""Measure the built site in a real browser: the decoder, how long a slow phone freezes, ms from a key
press to the painted frame, and bytes per page.

    python code/tests/bench_site.py [part of a page's name …]

Not a test, because times depend on the machine; what is over its budget is marked.
"""

from __future__ import annotations

import sys
from statistics import median

from bench_decoder import print_decoder
from playwright.sync_api import Browser, Page, sync_playwright
from site_pages import ALONE, DESKTOP, PAGES, draw, open_page, serve, weight

from decoderbook.tools.chromium import FLAGS, find_chromium

PHONE = {"width": 390, "height": 800}
SLOWER = 4  # times slower than this machine: a phone of the lower middle
FREEZE = 200  # ms that one task may take from load to the end of a scroll
# What the browser reports of the reader's waits; set before the page's own scripts.
WATCH = """
window.waits = { tasks: [], lcp: 0, shift: 0 };
const watch = (type, note) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
watch("longtask", (task) => window.waits.tasks.push([Math.round(task.duration), Math.round(task.startTime)]));
watch("largest-contentful-paint", (paint) => (window.waits.lcp = paint.startTime));
watch("layout-shift", (shift) => { if (!shift.hadRecentInput) window.waits.shift += shift.value; });
"""
# A thumb that goes on without haste: 400 px every 100 ms, to the end.
SCROLL = """
() => new Promise((resolve) => {
  const on = () => {
    window.scrollBy({ top: 400, behavior: "instant" });
    const end = document.documentElement.scrollHeight - window.innerHeight - 2;
    window.scrollY < end ? setTimeout(on, 100) : setTimeout(resolve, 1000);
  };
  setTimeout(on, 500);
})
"""
BUDGET = 60  # ms
PRESSES = 15
# Chrome's own measure of a machine: strings of 10,000 letters built in half a second. Its developer
# tools calibrate a middle phone to 1000 and a slow one to 264.
INDEX = """
() => {
  const run = () => {
    const start = performance.now();
    let built = 0;
    for (; performance.now() - start < 500; built++) for (let text = "", i = 0; i < 10000; i++) text += "a";
    return built / 5;
  };
  run();
  return run();
}
"""
# From the control's change to the second animation frame after plotly has drawn: then the
# frame is on the screen.
PRESS = """
([plot, box]) => new Promise((resolve) => {
  let start;
  const painted = () => resolve(performance.now() - start);
  const drawn = () => requestAnimationFrame(() => requestAnimationFrame(painted));
  plot.once("plotly_afterplot", drawn);
  start = performance.now();
  const last = box.tagName === "SELECT" ? box.options.length - 1 : Number(box.max);
  box.value = Number(box.value) < last ? Number(box.value) + 1 : 0;
  box.dispatchEvent(new Event("input", { bubbles: true }));
})
"""


def print_speed(chromium: Browser) -> None:
    """Print how fast this machine is, without which no other machine's times compare."""
    page = chromium.new_page()
    index = page.evaluate(INDEX)
    print(
        f"this machine: speed index {index:.0f}, {SLOWER} x slower {index / SLOWER:.0f} "
        "(a middle phone 1000, a slow one 264)"
    )
    page.close()


def measure_page(page: Page) -> list[tuple[str, float]]:
    """Return (control's id, median ms) for each control of an open page."""
    rows = []
    for figure in page.locator("figure.interactive").all():
        plot = draw(figure)
        for box in figure.locator(".figure-control :is(input, select)").all():
            handles = [plot.element_handle(), box.element_handle()]
            times = [page.evaluate(PRESS, handles) for _ in range(PRESSES)]
            rows.append((box.get_attribute("id"), median(times)))
    return rows


def measure_scroll(chromium: Browser, address: str) -> dict:
    """Return what `WATCH` notes from the load of a page to the end of a full scroll, on a slow phone."""
    context = chromium.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.add_init_script(WATCH)
    slow = context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(address, wait_until="load")
    page.evaluate(SCROLL)
    waits = page.evaluate("window.waits")
    context.close()
    return waits


def print_scroll(name: str, waits: dict) -> None:
    """Print a page's waits, its longest tasks first, each with the time at which it began."""
    longest = sorted(waits["tasks"], reverse=True)[:3]
    worst = longest[0][0] if longest else 0
    print(
        f"{name}: longest task {worst} ms{' OVER ' + str(FREEZE) if worst > FREEZE else ''}, "
        f"LCP {waits['lcp']:.0f} ms, CLS {waits['shift']:.3f}; "
        f"[ms, at]: {longest} of {len(waits['tasks'])}"
    )


def main() -> None:
    """Print all tables, of the pages whose name contains one of the arguments."""
    wanted = [p for p in PAGES if not sys.argv[1:] or any(a in p for a in sys.argv[1:])]
    with serve() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*FLAGS, ALONE]
        )
        print_speed(chromium)
        print_decoder(chromium)
        for name in wanted:
            print_scroll(name, measure_scroll(chromium, address + name))
        for name in wanted:
            context = chromium.new_context(viewport=DESKTOP)
            visit = open_page(context, address, name)
            loaded = sum(weight(response) for response in visit.responses)
            rows = measure_page(visit.page)
            everything = sum(weight(response) for response in visit.responses)
            print(
                f"{name}: {loaded / 1000:.0f} kB when opened, "
                f"{everything / 1000:.0f} kB with every figure drawn"
            )
            for control, time in rows:
                print(
                    f"    {time:6.1f} ms  {'over ' + str(BUDGET) if time > BUDGET else ''}  {control}"
                )
            context.close()
        chromium.close()


if __name__ == "__main__":
    main()
