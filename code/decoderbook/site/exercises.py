"""Guesses, quizzes and exercises on the page: their addresses, the solutions, and what a reader has done.

`progress.js` keeps the last in the reader's own browser.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Comment, Tag
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from decoderbook.checks import source
from decoderbook.tools.exercises import fenced, fold

TITLE = re.compile(r"^Exercise (\d+\.\d+) · ")
SOLUTIONS = "<!-- solutions -->"  # the line of a page where they are put
PROGRESS = "<!-- progress -->"
ENDS = "h1, h2, h3, section, .guess, .quiz, .exercise-box"  # of what a guess hides
# Before anything is painted. Should progress.js not come, nothing stays hidden.
ASKS = """(() => {
  const { dataset } = document.documentElement;
  try {
    if (JSON.parse(localStorage.getItem("decoder-course-progress"))?.open === true) return;
  } catch {}
  dataset.asks = "yes";
  addEventListener("load", () => dataset.asks === "ready" || delete dataset.asks);
})();"""


class ExerciseLabels(SphinxTransform):
    """Give each exercise's section the id `exercise-<name>`, and a box."""

    default_priority = 800  # as QuestionLabels

    def apply(self, **kwargs: Any) -> None:
        """Change the document in place."""
        chapter = PurePosixPath(self.env.docname).name
        known = {e.label: e for e in source.declared(chapter).exercises}
        for section in self.document.findall(nodes.section):
            match = TITLE.match(section[0].astext()) if section.children else None
            if match is None or match[1] not in known:
                continue
            label = f"exercise-{known[match[1]].slug}"
            section["ids"].insert(0, label)
            section["classes"].append("exercise-box")
            section["names"].append(label)
            self.document.ids[label] = section
            self.document.nameids[label] = label
            self.document.nametypes[label] = True


def wrap_guessed(soup: BeautifulSoup) -> None:
    """Put what follows each guess, up to the next heading or the comment `guessed`, in one element,
    which can be hidden.
    """
    boxes = soup.select(".guess")
    for box in boxes:
        run = []
        for node in box.next_siblings:
            ends = isinstance(node, Tag) and node.css.match(ENDS)
            if ends or (isinstance(node, Comment) and node.strip() == "guessed"):
                break
            run.append(node)
        if not "".join(str(node) for node in run).strip():
            continue
        hidden = soup.new_tag("div", attrs={"class": "guessed"})
        box.insert_after(hidden)
        for node in run:
            hidden.append(node.extract())
    if boxes:
        script = soup.new_tag("script")
        script.string = ASKS
        soup.head.append(script)


def title_of(chapter: str, book: Path) -> str:
    """A chapter's title with its number: "5 · Queries, keys and values"."""
    first = nbformat.read(book / f"{chapter}.ipynb", as_version=4).cells[0].source
    return f"{int(chapter[:2])} · {first.splitlines()[0].removeprefix('# ')}"


def solutions(book: Path, chapters: list[str]) -> str:
    """All solutions of these chapters, in Markdown, each behind its title."""
    parts = []
    for chapter in chapters:
        parts.append(f"## {title_of(chapter, book)}")
        for e in source.declared(chapter).exercises:
            inside = [f"[The exercise](#exercise-{e.slug})"]
            if e.given:
                inside.append("What the chapter has defined by then:")
                inside.append(fenced(e.given))
                inside.append("The solution:")
            inside.append(fenced(e.solution))
            for v in e.also:
                inside += [f"Also right: {v.name}", fenced(v.code, "text")]
            parts.append(fold(f"{e.label} · {e.title}", "\n\n".join(inside)))
    return "\n\n".join(parts)


def progress(book: Path, chapters: list[str]) -> str:
    """The table that `progress.js` fills: a row a chapter, with the names of what it has, and the sum."""
    rows = []
    for chapter in chapters:
        declared = source.declared(chapter)
        asked = json.dumps([f"{q.kind}-{q.slug}" for q in declared.questions])
        tasks = json.dumps([f"exercise-{e.slug}" for e in declared.exercises])
        rows.append(
            f'<tr data-asked="{escape(asked)}" data-tasks="{escape(tasks)}">'
            f'<th scope="row"><a href="{chapter}.html">{escape(title_of(chapter, book))}</a></th>'
            f"<td>{len(declared.questions)}</td><td>{len(declared.exercises)}</td></tr>"
        )
    all_of_them = [source.declared(chapter) for chapter in chapters]
    questions = sum(len(declared.questions) for declared in all_of_them)
    exercises = sum(len(declared.exercises) for declared in all_of_them)
    return (
        '<div id="progress"><table><thead><tr><th>Chapter</th><th>Guesses and quizzes</th>'
        f"<th>Exercises</th></tr></thead><tbody>{''.join(rows)}</tbody><tfoot><tr>"
        f'<th scope="row">All</th><td>{questions}</td><td>{exercises}</td></tr></tfoot></table></div>'
    )


def fill(app: Sphinx, name: str, text: list[str]) -> None:
    """Put what the chapters of the table of contents declare, in its order, in the place of
    its mark, before the page is read.
    """
    listed = [PurePosixPath(page).name for page in app.config.external_site_map]
    chapters = [chapter for chapter in listed if chapter in source.chapters()]
    for mark, make in ((SOLUTIONS, solutions), (PROGRESS, progress)):
        if f"\n{mark}\n" in text[0]:
            made = make(Path(app.srcdir, "book"), chapters)
            text[0] = text[0].replace(mark, made)
            for chapter in chapters:
                app.env.note_dependency(str(source.path_of(chapter)))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform, the pages and the script."""
    app.add_transform(ExerciseLabels)
    app.add_js_file("progress.js", loading_method="defer")
    app.connect("source-read", fill)
    return {}
