"""The pages of the built site, served from this machine and opened with every request noted."""

from __future__ import annotations

import copy
import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, TimeoutError

from decoderbook.site.edition import left_out

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"
FILE = re.compile(r"^[ -]*(?:file|root): *(\S+)", re.MULTILINE)
PAGES = sorted(
    path.relative_to(SITE).as_posix()
    for path in SITE.rglob("*.html")
    if 'http-equiv="refresh"'
    not in path.read_text(encoding="utf-8")  # the front door sends one on
)
PLOTLY = "plotly-cartesian"
WITH_FIGURES = [
    page for page in PAGES if "figure-plot" in (SITE / page).read_text(encoding="utf-8")
]
FIGURE = re.compile(r'<figure [^>]*class="interactive"[^>]*>.*?</figure>', re.DOTALL)
DESKTOP = {"width": 1280, "height": 800}
MAX_LAYOUT_SHIFT = 0.02
WATCH_SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


# A browser started with this refuses every request that would leave the machine.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"


def listed(root: Path) -> list[str]:
    """Every page of the table of contents, such as "book/decode", in order."""
    return FILE.findall((root / "_toc.yml").read_text("utf-8"))


LISTED = listed(ROOT)


def needs_page(address: str) -> str:
    """The address of a page, such as "book/decode.html#decoder". Skips the test that asks
    for a page that this edition of the course leaves out.
    """
    name = address.partition("#")[0].removesuffix(".html")
    if name in left_out(ROOT, LISTED):
        pytest.skip(f"{name} is not part of this edition")
    return address


def figures_of(name: str) -> list[str]:
    """The HTML of a page's interactive figures; the whole page would take long to parse."""
    return FIGURE.findall((SITE / name).read_text("utf-8"))


@dataclass
class Visit:
    """One page in one browser tab, with everything that it asked for and said."""

    address: str
    page: Page
    name: str = ""
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    responses: list[Any] = field(default_factory=list)

    def figures(self) -> list[Locator]:
        """Return the page's figures."""
        return self.page.locator("figure.interactive").all()

    def go(self, name: str) -> Visit:
        """Open a page of the site in the tab, and wait until it is quiet."""
        self.name = needs_page(name)
        self.page.goto(self.address + name, wait_until="load")
        self.page.evaluate("document.fonts.ready")
        settle(self.page)
        return self

    def leave(self) -> None:
        """Leave the page; the next one finds nothing that this one kept, noted or set."""
        self.page.evaluate("localStorage.clear(); sessionStorage.clear()")
        self.page.goto("about:blank")
        self.page.mouse.move(0, 0)
        self.page.set_viewport_size(DESKTOP)
        self.page.emulate_media(media="null", color_scheme="light")
        for noted in (self.foreign, self.complaints, self.asked, self.responses):
            noted.clear()


def weight(response: Any) -> int:
    """The bytes that a file of the site takes on its way, compressed as a server would."""
    # Not from the response: one from the tab's cache has no body.
    path = SITE / unquote(urlsplit(response.url).path).lstrip("/")
    body = path.read_bytes()
    return len(body) if path.suffix in (".woff2", ".png") else len(gzip.compress(body))


def open_tab(context: BrowserContext, address: str) -> Visit:
    """A tab for pages of the site, with nothing in it yet."""
    page = context.new_page()
    visit = Visit(address, page)
    page.add_init_script(WATCH_SHIFTS)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))

    def asked(request: Any) -> None:
        visit.asked.append(request.url)
        if not request.url.startswith((address, "data:", "blob:")):
            visit.foreign.append(request.url)

    page.on("request", asked)

    def failed(request: Any) -> None:
        # A page that is left gives up what it still waits for: no fault of the site.
        if request.failure != "net::ERR_ABORTED":
            visit.complaints.append(f"not loaded: {request.url}: {request.failure}")

    page.on("requestfailed", failed)
    page.on(
        "console",
        lambda said: (
            visit.complaints.append(f"{said.text} {said.location.get('url', '')}")
            if said.type in ("error", "warning")
            else None
        ),
    )

    def answered(response: Any) -> None:
        visit.responses.append(response)
        if response.status >= 400:
            visit.complaints.append(f"{response.status}: {response.url}")

    page.on("response", answered)
    return visit


def open_page(context: BrowserContext, address: str, name: str) -> Visit:
    """Open a page of the site in a tab of its own, and wait until it is quiet."""
    return open_tab(context, address).go(name)


def settle(page: Page) -> None:
    """Wait until the theme's late scripts have run and what scrolls has been measured."""
    page.wait_for_function("() => !document.querySelector('script[data-later]')")
    page.wait_for_load_state("networkidle")
    page.wait_for_function("() => !document.documentElement.dataset.measuring")


@contextmanager
def serve(compressed: bool = False) -> Iterator[str]:
    """Serve the built site from a free port of this machine; gives its address.

    compressed: as gzip, which every public server does and Python's own does not.
    """

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            path = Path(self.translate_path(self.path))
            if not compressed or not path.is_file():
                return super().do_GET()
            body = gzip.compress(path.read_bytes())
            self.send_response(200)
            self.send_header("Content-Type", self.guess_type(str(path)))
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def draw(figure: Locator) -> Locator:
    """Touch a figure, wait until plotly has drawn it, and return plotly's element."""
    figure.scroll_into_view_if_needed()
    figure.locator(".figure-plot").dispatch_event("click")
    figure.page.wait_for_function(
        "figure => ['drawn', 'failed'].includes(figure.dataset.state)",
        arg=figure.element_handle(),
        timeout=10_000,
    )
    assert figure.get_attribute("data-state") == "drawn"
    return figure.locator(".figure-live")


def set_scheme(page: Page, scheme: str) -> None:
    """Make the system light or dark, and wait until the theme has followed."""
    other = {"light": "dark", "dark": "light"}[scheme]
    for _ in range(3):
        page.emulate_media(color_scheme=scheme)
        try:
            page.wait_for_selector(
                f"html[data-theme={scheme}]", state="attached", timeout=10_000
            )
        except TimeoutError:
            # Seen once in a busy browser: the page was not told of the change.
            page.emulate_media(color_scheme=other)
        else:
            return
    raise AssertionError(f"the theme does not become {scheme} with the system")


def replay(start: dict[str, Any], parts: dict[str, Any], index: int) -> dict[str, Any]:
    """What the page's player does, written again: the start figure with a frame's
    values set.
    """
    figure = copy.deepcopy(start)
    frame = parts["frames"][index]
    for path, value in zip(frame[::2], frame[1::2], strict=True):
        *way, last = parts["paths"][path]
        place = figure
        for step in way:
            place = place[step]
        place[last] = parts["values"][value]
    return figure
