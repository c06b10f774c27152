"""The Sphinx extension of the published site: self-hosted, kernel-free, accessible pages.

It is loaded by `sphinx.extra_extensions` in `_config.yml`; what each part does stands at
the head of its module.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from decoderbook.site import (
    assets,
    captions,
    citations,
    decoder,
    diagram,
    edition,
    exercises,
    figure_parts,
    figures,
    folding,
    footer,
    fronts,
    mathml,
    page,
    proofs,
    questions,
    stills,
)


def _static_path(app: Sphinx) -> None:
    # Last in the list wins: our icon font takes the place of the theme's.
    app.config.html_static_path.append(str(Path(__file__).parent / "static"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register every part of the site with Sphinx."""
    app.connect("builder-inited", _static_path)
    app.add_css_file("course.css", priority=900)  # after the theme's, so that ours win
    app.add_js_file("page.js", loading_method="defer")
    parts = (
        figures,
        decoder,
        diagram,
        exercises,
        figure_parts,
        captions,
        citations,
        folding,
        stills,
        mathml,
        questions,
        proofs,
        edition,
        footer,
        fronts,
        page,
        assets,
    )
    for part in parts:
        part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
