"""The box at a chapter's head, as `tools/fronts.py` wrote it, and the notebook to download beside it."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

FIRST = "You will be able to"
COLAB = "https://colab.research.google.com/"


def frame_front(soup: BeautifulSoup, name: str) -> None:
    """Frame the box on the page `name`, and put a link to the notebook beside Colab's."""
    begin = next(
        (p for p in soup.select("article section > p") if p.get_text() == FIRST), None
    )
    link = soup.select_one(f'article a[href^="{COLAB}"]')
    if begin is None or link is None:
        return
    box = soup.new_tag("div", attrs={"class": "front-box"})
    begin.insert_before(box)
    last = link.find_parent("p")
    part = begin
    while part is not None:
        following = part.find_next_sibling()
        box.append(part.extract())
        if part is last:
            break
        part = following
    notebook = soup.new_tag(
        "a", href=f"{PurePosixPath(name).name}.ipynb", attrs={"download": ""}
    )
    notebook.string = "Download the notebook"
    last["class"] = ["front-buttons"]
    last.append(" ")
    last.append(notebook)


def copy_notebooks(app: Sphinx, error: Exception | None) -> None:
    """Put each notebook beside its page."""
    if error is not None or app.builder.format != "html":
        return
    for name in app.env.found_docs:
        source = Path(app.srcdir) / f"{name}.ipynb"
        if source.is_file():
            shutil.copyfile(source, Path(app.outdir) / f"{name}.ipynb")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the copying."""
    app.connect("build-finished", copy_notebooks)
    return {}
