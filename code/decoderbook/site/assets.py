"""What is written beside the pages: files that no page needs go, the front page is found."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from decoderbook.site.styles import tidy_styles

# Below _static; each is unused on every page (see page.py) or only helps the theme's own developers.
SUPERFLUOUS = [
    "**/*.map",
    "**/*.ttf",
    "**/.gitignore",
    "*webpack-macros.html",
    "scripts/fontawesome.js*",
    "images/logo_*",
    "locales/**/*",
    "sphinx-thebe.*",
    "togglebutton.*",
    "VENDORED.md",
]
REDIRECT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; base-uri 'none'">
<meta http-equiv="refresh" content="0; url={target}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="{title}">
<title>{title}</title>
</head>
<body><main><h1>{title}</h1><p><a href="{target}">Open the course</a></p></main></body>
</html>
"""


def tidy_static(static: Path) -> None:
    """Delete the superfluous files below `static`, and what style sheets say of them."""
    for pattern in SUPERFLUOUS:
        for path in static.glob(pattern):
            if path.is_file():
                path.unlink()
    for path in [*static.rglob("*.css"), *static.rglob("*.js")]:
        text = path.read_text(encoding="utf-8")
        tidy = re.sub(r"/[/*]# sourceMappingURL=\S+(?: \*/)?", "", text)
        tidy = re.sub(r',url\([^)]*\.ttf\) format\("truetype"\)', "", tidy)
        if tidy != text:
            path.write_text(tidy, encoding="utf-8")


def finish_build(app: Sphinx, error: Exception | None) -> None:
    """Tidy the output of a successful HTML build."""
    if error is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    tidy_static(out / "_static")
    root = app.config.root_doc
    if root != "index":
        page = REDIRECT.format(target=f"{root}.html", title=app.config.html_title)
        (out / "index.html").write_text(page, encoding="utf-8")
    tidy_styles(out)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the clean-up."""
    app.connect(
        "build-finished", finish_build, priority=900
    )  # after the theme has written its own
    return {}
