"""The box at a chapter's head: its place in the whole as a picture, what `tools/fronts.py` wrote, and
the notebook to download.
"""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from bs4 import BeautifulSoup, Comment, Tag
from sphinx.application import Sphinx

from decoderbook.diagram.small import mini
from decoderbook.tools.fronts import read_data

FIRST = "You will be able to"
COLAB = "https://colab.research.google.com/"
# Run where it stands, before anything is painted: a phone has no room for the list.
FOLD = (
    "if (matchMedia('(max-width: 600px)').matches)"
    " document.currentScript.previousElementSibling.open = false;"
)


def frame_front(soup: BeautifulSoup, name: str) -> None:
    """Frame the box on the page `name`: the chapter's place in the whole, where boxes of it
    are lit, what a reader will be able to do, which a phone folds, and the rest, with a
    link to the notebook beside Colab's, and one to the chapter's PDF.
    """
    begin = next(
        (p for p in soup.select("article section > p") if p.get_text() == FIRST), None
    )
    link = soup.select_one(f'article a[href^="{COLAB}"]')
    if begin is None or link is None:
        return
    chapter = PurePosixPath(name).name
    last = link.find_parent("p")
    last["class"] = ["front-buttons"]
    able = begin.find_next_sibling("ul")
    facts = [able.find_next_sibling()]
    while facts[-1] is not last:
        facts.append(facts[-1].find_next_sibling())
    for fact in facts[:-1]:
        if fact.get_text().startswith("In a notebook:"):
            facts.remove(fact)
            fact.decompose()

    def part(kind: str, *inside: Any) -> Tag:
        made = soup.new_tag("div", attrs={"class": f"front-{kind}"})
        made.extend(inside)
        return made

    lights = read_data()["chapters"][chapter]["lights"]
    box = part("box")
    begin.replace_with(box)
    if lights:
        picture = BeautifulSoup(mini(lights).svg, "html.parser")
        box.append(part("place", *picture.contents))
    else:
        box["class"] = ["front-box", "front-plain"]
    details = soup.new_tag("details", attrs={"open": ""})
    summary = soup.new_tag("summary")
    summary.string = FIRST
    details.extend([summary, able.extract()])
    script = soup.new_tag("script")
    script.string = FOLD
    # Short words: three buttons in one row, or the picture below moves out of sight.
    named = {"download": "", "aria-label": "Download the notebook"}
    notebook = soup.new_tag("a", href=f"{chapter}.ipynb", attrs=named)
    notebook.string = "Notebook"
    pdf = Comment(f" download chapters/{chapter}.pdf: PDF ")
    last.extend([" ", notebook, " ", pdf])
    box.extend(
        [
            part("able", details, script),
            part("facts", *(fact.extract() for fact in facts)),
        ]
    )


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
