"""A browser's page with the decoder's scripts and the trained weights, for the tests of them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from playwright.sync_api import Browser, Page, Route

from decoderbook.page_model.weights import page_weights
from tinydecoder.checkpoint import Translator, load_pretrained

SCRIPTS = Path(__file__).parents[1] / "decoderbook" / "site" / "static" / "decoder"
ADDRESS = "http://page.invalid/"
TYPES = {".js": "text/javascript", ".css": "text/css"}

# What the modules export and the models "half" and "single" become names of the window.
SETUP = """
async () => {
  const names = ["engine", "language", "choice", "choose", "session", "tree", "controls", "verdict",
    "workbench"];
  Object.assign(window, ...(await Promise.all(names.map((name) => import(`/${name}.js`)))));
  window.file = async (name) => readTensors(await (await fetch(name)).arrayBuffer());
  for (const name of ["half", "single"]) {
    const { tensors, metadata } = await file(name);
    window.words = JSON.parse(metadata.decoder);
    window[name] = new Model(tensors, words.config);
  }
  window.language = new Language(words);
}
"""


@functools.cache
def pretrained() -> Translator:
    """The course's translator, ready to translate."""
    translator = load_pretrained()
    translator.model.eval()
    return translator


@contextmanager
def decoder_page(browser: Browser, files: dict[str, bytes]) -> Iterator[Page]:
    """An empty page that has imported the modules; `files` are served beside them, those
    too that a test adds later.
    """
    files["half"] = page_weights(pretrained())
    files["single"] = page_weights(pretrained(), torch.float32)

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(ADDRESS)
        if name in files:
            route.fulfill(body=files[name])
        elif (path := SCRIPTS / name).is_file():
            route.fulfill(body=path.read_bytes(), content_type=TYPES[path.suffix])
        else:
            route.fulfill(body="<!DOCTYPE html>", content_type="text/html")

    context = browser.new_context()
    page = context.new_page()
    page.route("**/*", answer)
    page.goto(ADDRESS)
    page.evaluate(SETUP)
    yield page
    context.close()
