"""Addresses inside a chapter that other pages link to: `guess-<name>` and `quiz-<name>`, where it is
asked, and `proof-<name>`, the cell that asserts the answer.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from decoderbook.checks import source

BOX = re.compile(r'<div class="(?:guess|quiz)" id="([\w-]+)"')


class ProofLabels(SphinxTransform):
    """Make each of these addresses an explicit target, so that links to it work from every page."""

    default_priority = 800  # as QuestionLabels

    def apply(self, **kwargs: Any) -> None:
        """Change the document in place."""
        asked = source.declared(PurePosixPath(self.env.docname).name).questions
        if not asked:
            return
        for raw in self.document.findall(nodes.raw):
            if box := BOX.match(raw.astext()):
                self._target(raw, box[1])  # the id stands in the HTML itself
        path = self.env.doc2path(self.env.docname)
        ids = [cell.id for cell in nbformat.read(path, as_version=4).cells]
        for cell in self.document.findall(nodes.container):
            if cell.get("nb_element") != "cell_code":
                continue
            here = ids[cell["cell_index"]]
            for question in asked:
                if question.proof == here:
                    label = f"proof-{question.slug}"
                    cell["ids"].append(label)
                    self._target(cell, label)

    def _target(self, node: nodes.Element, label: str) -> None:
        self.document.ids[label] = node
        self.document.nameids[label] = label
        self.document.nametypes[label] = True


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_transform(ProofLabels)
    return {}
