"""What the tests share: threads, hypothesis's profile, one browser, the served site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import settings
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from site_pages import ALONE, DESKTOP, PAGES, SITE, Visit, open_tab, serve

from decoderbook.tools.chromium import FLAGS, find_chromium

SHOW_AT_ONCE = """
try {
  localStorage.setItem("decoder-course-progress", '{"version": 1, "chosen": {}, "solved": {}, "open": true}');
} catch {}
"""

settings.register_profile("book", deadline=None, max_examples=25, derandomize=True)
settings.load_profile("book")

# What takes longest begins first, or one worker would end alone with it.
FIRST = (
    *("test_fork", "test_site_keyboard", "test_site_axe", "10-training"),
    *("test_training_state", "test_jupyterlab", "test_notebooks"),
    *("test_site_figures", "11-inference"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; `--no-loadscope-reorder` keeps that order."""
    rank = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(FIRST)))


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Small tensors work faster on one thread, above all beside other workers."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium with a fresh profile; each test or file opens a context of its own.

    Figures are shown at once, as a reader may choose on the page of progress; a context with
    `asks_first=True` hides what follows a guess.
    """
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=find_chromium(), args=[*FLAGS, ALONE]
        )
        plain = chromium.new_context

        def new_context(asks_first: bool = False, **options: Any) -> BrowserContext:
            context = plain(**options)
            if not asks_first:
                context.add_init_script(SHOW_AT_ONCE)
            return context

        chromium.new_context = new_context
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the built site."""
    if not PAGES:
        pytest.fail(f"there is no built site in {SITE}; run `make build` first")
    with serve() as address:
        yield address


@pytest.fixture(scope="module")
def tab(browser: Browser, site: str) -> Iterator[Visit]:
    """One tab for a file of tests: to start the processes of a new one takes longer than most pages do."""
    context = browser.new_context(viewport=DESKTOP)
    yield open_tab(context, site)
    context.close()


@pytest.fixture(scope="module", params=PAGES)
def visit(request: pytest.FixtureRequest, tab: Visit) -> Iterator[Visit]:
    """Each page in turn, opened once for a file of tests, on a desktop."""
    yield tab.go(request.param)
    tab.leave()
