"""Guesses, quizzes and exercises on the page: their addresses, the solutions, and what a reader has done.

`progress.js` keeps the last in the reader's own browser.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from decoderbook.checks import source
from decoderbook.tools.exercises import fenced, fold

TITLE = re.compile(r"^Exercise (\d+\.\d+) · ")
SOLUTIONS = "<!-- solutions -->"  # the line of a page where they are put
PROGRESS = "<!-- progress -->"


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


def solutions() -> str:
    """All solutions, in Markdown."""
    parts = []
    for chapter in source.chapters():
        parts.append(f"## Chapter {chapter[:2]}")
        for e in source.declared(chapter).exercises:
            parts.append(f"### {e.label} · {e.title}")
            parts.append(f"[The exercise](#exercise-{e.slug})")
            if e.given:
                parts.append(
                    fold("What the chapter has defined by then", fenced(e.given))
                )
            parts.append(fenced(e.solution))
            parts += [
                fold(f"Also right: {v.name}", fenced(v.code, "text")) for v in e.also
            ]
    return "\n\n".join(parts)


def progress() -> str:
    """The table that `progress.js` fills: a row a chapter, with the names of what it has."""
    rows = []
    for chapter in source.chapters():
        declared = source.declared(chapter)
        asked = json.dumps([f"{q.kind}-{q.slug}" for q in declared.questions])
        tasks = json.dumps([f"exercise-{e.slug}" for e in declared.exercises])
        rows.append(
            f'<tr data-asked="{escape(asked)}" data-tasks="{escape(tasks)}">'
            f'<th scope="row"><a href="{chapter}.html">{int(chapter[:2])} · {words(chapter)}</a></th>'
            f"<td>{len(declared.questions)}</td><td>{len(declared.exercises)}</td></tr>"
        )
    return (
        '<div id="progress"><table><thead><tr><th>Chapter</th><th>Guesses and quizzes</th>'
        f"<th>Exercises</th></tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def words(chapter: str) -> str:
    """A chapter's name as words: "queries keys values"."""
    return chapter[3:].replace("-", " ")


def fill(app: Sphinx, name: str, text: list[str]) -> None:
    """Put what is declared in the place of its mark, before the page is read."""
    for mark, make in ((SOLUTIONS, solutions), (PROGRESS, progress)):
        if f"\n{mark}\n" in text[0]:
            text[0] = text[0].replace(mark, make())
            for chapter in source.chapters():
                app.env.note_dependency(str(source.path_of(chapter)))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform, the pages and the script."""
    app.add_transform(ExerciseLabels)
    app.add_js_file("progress.js", loading_method="defer")
    app.connect("source-read", fill)
    return {}
