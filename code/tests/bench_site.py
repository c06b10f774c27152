"""Measure the built site in a real browser: ms from a key press to the painted frame, and bytes per page.

    python code/tests/bench_site.py

Not a test, because times depend on the machine; the budget for the median is printed beside it.
"""

from __future__ import annotations

from statistics import median

from chromium import FLAGS, find_chromium
from playwright.sync_api import Page, sync_playwright
from site_pages import DESKTOP, PAGES, draw, open_page, serve, weight

BUDGET = 60  # ms
PRESSES = 15
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


def main() -> None:
    """Print both tables."""
    with serve() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(), args=FLAGS
        )
        for name in PAGES:
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
