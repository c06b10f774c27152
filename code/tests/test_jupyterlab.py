"""JupyterLab with a kernel: explore() is drawn when run, redrawn by a key, quiet when only
opened; watch() is drawn anew while its cell runs; a step of the decoder comes back to Python.
"""

import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import closing

import nbformat
import pytest

from decoderbook.tools.canonical import write
from decoderbook.tools.notebooks import run

CELLS = [
    "import torch\nfrom decoderbook import explore, figures",
    "def show(power=2):\n"
    "    table = torch.tensor([[0.5, 1.0], [2.0, 4.0]]) ** power\n"
    "    return figures.score_map(table, ['q', 'r'], ['a', 'b'], f'power {power}')",
    "explore(show, power=[1, 2, 3])",
    "import time\nfrom decoderbook import watch\n"
    "def curve(losses):\n"
    "    ys = [3.0, *losses]\n"
    "    return figures.lines(range(len(ys)), {'loss': ys}, 'step', 'loss')\n"
    "on_step = watch(curve, steps=3, every=1)\n"
    "for step in range(3):\n"
    "    time.sleep(1)\n"
    "    on_step(step, 2.0 - step)",
    "from decoderbook import decoder_at_work\n"
    "from tinydecoder import load_pretrained\n"
    "seen = decoder_at_work(load_pretrained(), 'she did not drink milk', 'attention')",
    "print('at', seen.choice['at'])",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with one notebook, in the form in which the book stores it."""
    path = tmp_path_factory.mktemp("lab") / "live.ipynb"
    nbformat.write(
        nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, CELLS))),
        path,
    )
    write(run(path), path)
    return path.parent


@pytest.fixture(scope="module")
def address(folder, tmp_path_factory):
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = [
        f"--port={port}",
        "--no-browser",
        "--allow-root",
        "--IdentityProvider.token=",
        "--ServerApp.disable_check_xsrf=True",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        f"--LabApp.workspaces_dir={tmp_path_factory.mktemp('workspaces')}",
        f"--LabApp.user_settings_dir={tmp_path_factory.mktemp('settings')}",
    ]
    log = (tmp_path_factory.mktemp("log") / "lab.log").open("w+")
    command = [sys.executable, "-m", "jupyterlab", *settings]
    server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                with urllib.request.urlopen(f"{url}/api/status", timeout=1):
                    break
            except OSError:
                time.sleep(0.5)
        else:
            log.seek(0)
            pytest.fail(f"JupyterLab did not start within 60 s:\n{log.read()[-2000:]}")
        yield url
    finally:
        server.terminate()
        server.wait(20)
        log.close()


@pytest.fixture(scope="module")
def page(browser, address):
    context = browser.new_context(viewport={"width": 1200, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/lab/tree/live.ipynb?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    yield page
    context.close()


def drawn(page):
    """The numbers that stand in the heat map's cells."""
    page.wait_for_selector(".jp-OutputArea .js-plotly-plot .heatmaplayer text")
    texts = page.query_selector_all(".jp-OutputArea .js-plotly-plot .heatmaplayer text")
    return [text.text_content() for text in texts]


def test_opened_but_not_run_it_shows_the_first_figure(page):
    assert drawn(page) == ["0.25", "1.00", "4.00", "16.00"]
    assert page.query_selector(".jp-OutputArea .jupyter-widgets") is None
    assert page.locator(".jp-OutputArea svg.decoder-still, .jp-OutputArea img").count()
    assert "model not found" not in page.inner_text(".jp-Notebook").lower()


def test_run_it_reacts_to_the_keyboard(page):
    page.wait_for_selector(
        "text=/Python 3 .*Idle/"
    )  # else JupyterLab asks which kernel
    page.click(".jp-Notebook .jp-CodeCell >> nth=0")
    page.keyboard.press("Escape")
    page.click("text=Run")
    page.click("text=Run All Cells")
    slider = page.wait_for_selector(
        ".jp-OutputArea .widget-slider [role='slider'], .noUi-handle"
    )
    assert drawn(page) == ["0.25", "1.00", "4.00", "16.00"]
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "[...document.querySelectorAll('.jp-OutputArea .heatmaplayer text')]"
        ".some(text => text.textContent === '64.00')"
    )
    assert drawn(page) == ["0.12", "1.00", "8.00", "64.00"]


def test_while_a_cell_trains_one_figure_counts_its_steps(page):
    title = ".jp-CodeCell >> nth=3 >> .js-plotly-plot .gtitle"
    page.click(".jp-Notebook .jp-CodeCell >> nth=3 >> .jp-InputArea")
    page.keyboard.press("Control+Enter")
    for step in (0, 1, 2, 3):
        page.wait_for_selector(f".js-plotly-plot .gtitle:has-text('step {step} of 3')")
    assert page.locator(title).count() == 1


def test_a_step_of_the_decoder_comes_back_to_python(page):
    decoder = page.locator(".jp-OutputArea .decoder")
    decoder.locator(".stage-tokens .token").first.wait_for()
    written = decoder.locator(".stage-tokens .token:not(.next)").count()
    assert written == 7
    for left in (6, 5):
        decoder.get_by_role("button", name="Back", exact=True).click()
        page.wait_for_function(
            "left => document.querySelectorAll('.decoder .stage-tokens .token:not(.next)').length === left",
            arg=left,
        )
    page.click(".jp-Notebook .jp-CodeCell >> nth=5 >> .jp-InputArea")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".jp-CodeCell >> nth=5 >> text=at 5")
