"""Viewers' questions: `### D6 · Short paraphrase` gets the HTML id and the Sphinx label `D6`, and its
section is a box.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

QUESTION = re.compile(r"^([DP]\d{1,2}) · ")


class QuestionLabels(SphinxTransform):
    """Make each question's id an explicit target, so that `[D6](#D6)` works from every page."""

    default_priority = (
        800  # before Sphinx collects the labels (850) and MyST resolves anchors (879)
    )

    def apply(self, **kwargs: Any) -> None:
        """Change the document in place."""
        for section in self.document.findall(nodes.section):
            match = QUESTION.match(section[0].astext()) if section.children else None
            if match is None:
                continue
            label = match[1]
            section["ids"].insert(0, label)
            section["classes"].append("question-box")
            self.document.ids[label] = section
            for name in (
                label,
                label.lower(),
            ):  # MyST keeps the case, Sphinx's roles do not
                section["names"].append(name)
                self.document.nameids[name] = label
                self.document.nametypes[name] = True


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the transform."""
    app.add_transform(QuestionLabels)
    return {}
