"""What a reader waits for where the decoder runs: a part of `bench_site.py`."""

from __future__ import annotations

import gzip
from statistics import median

from playwright.sync_api import Browser, Page
from site_pages import SITE, serve

PHONE = {"width": 390, "height": 800}
SLOWER = 4  # times slower than this machine
# 1.6 Mbit/s each way, 150 ms there and back: a slow mobile network.
NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 200_000,
    "uploadThroughput": 200_000,
}
PLAIN = "book/notation.html"  # a page of the book without any figure
DECODE = "book/decode.html"
INDEX = "book/index.html"
WATCH = """
window.waits = { lcp: 0, shift: 0, moved: 0 };
const watch = (type, note) =>
  new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
watch("largest-contentful-paint", (paint) => (window.waits.lcp = paint.startTime));
watch("layout-shift", (shift) => { if (!shift.hadRecentInput) window.waits.shift += shift.value; });
addEventListener("animationstart", () => (window.waits.moved ||= performance.now()));
"""
# From the key press to the second animation frame after it: then it is on the screen.
STEP = """
(step) => new Promise((resolve) => {
  const start = performance.now();
  step.click();
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)));
})
"""
ENGINE = """
async () => {
  const { Model, readTensors } = await import("../_static/decoder/engine.js");
  const place = document.querySelector("[data-weights]").dataset.weights;
  const { tensors, metadata } = readTensors(await (await fetch(place)).arrayBuffer());
  const words = JSON.parse(metadata.decoder), model = new Model(tensors, words.config);
  const times = [];
  for (const { english, ids } of words.sentences.slice(0, 60)) {
    const source = english.split(" ").map((word) => words.source.indexOf(word));
    let state = model.begin(model.encode([...source, 2]));
    for (const id of [1, ...ids]) {
      const start = performance.now();
      state = model.read(state, [id]);
      times.push(performance.now() - start);
    }
  }
  return times;
}
"""


def _slow(page: Page, network: bool) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    if network:
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", NETWORK)


def _transferred(chromium: Browser, address: str, name: str) -> int:
    """The bytes that a page takes before anybody touches it, as the server sends them."""
    context = chromium.new_context(viewport=PHONE)
    page, total = context.new_page(), 0
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[int] = []
    session.on(
        "Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"])
    )
    page.goto(address + name)
    page.wait_for_timeout(3000)
    total = int(sum(sizes))
    context.close()
    return total


def _print_first_page(chromium: Browser, address: str) -> None:
    context = chromium.new_context(viewport=PHONE, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.add_init_script(WATCH)
    _slow(page, network=True)
    page.goto(address + INDEX, wait_until="load")
    page.wait_for_timeout(6000)
    waits = page.evaluate("window.waits")
    context.close()
    size = _transferred(chromium, address, INDEX)
    print(
        f"first page, slow phone and network: LCP {waits['lcp']:.0f} ms (2000), first "
        f"movement {waits['moved']:.0f} ms, CLS {waits['shift']:.3f} (0.02); "
        f"{size / 1000:.0f} kB (260) before a touch"
    )


def print_decoder(chromium: Browser) -> None:
    """Print what the decoder's pages take; budgets stand in brackets."""
    with serve(compressed=True) as address:
        _print_first_page(chromium, address)
        plain, decode = (
            _transferred(chromium, address, name) for name in (PLAIN, DECODE)
        )
        weights = next((SITE / "_static" / "decoder").glob("*.safetensors"))
        packed = len(gzip.compress(weights.read_bytes()))
        print(
            f"page and engine beyond a plain page: {(decode - plain - packed) / 1000:.0f} kB (60); "
            f"weights {weights.stat().st_size / 1e6:.2f} MB (1.6), {packed / 1e6:.2f} MB compressed"
        )
        for rate in (1, SLOWER):
            context = chromium.new_context(
                viewport=PHONE, is_mobile=True, has_touch=True
            )
            page = context.new_page()
            if rate > 1:
                _slow(page, network=False)
            page.goto(address + DECODE)
            page.wait_for_selector("#decoder[data-state=ready]")
            page.wait_for_timeout(1000)
            step = page.get_by_role("button", name="Step", exact=True).element_handle()
            first, *more = [page.evaluate(STEP, step) for _ in range(6)]
            times = page.evaluate(ENGINE)
            print(
                f"CPU {rate} x slower: first step on the screen after {first:.0f} ms (500), the "
                f"next {median(more):.0f} ms; the engine alone {median(times):.2f} ms a step "
                f"({'3' if rate == 1 else '-'}), {len(times)} steps"
            )
            context.close()
