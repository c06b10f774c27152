"""What each page says of itself: the course's name, the versions it was verified with, the date of the
commit, and in a fork what it was adapted from.
"""

from __future__ import annotations

import platform
import subprocess
from html import escape
from importlib.metadata import version
from typing import Any

from sphinx.application import Sphinx

# name to show: name of the distribution
PACKAGES = {
    "PyTorch": "torch",
    "NumPy": "numpy",
    "plotly": "plotly",
    "ipywidgets": "ipywidgets",
    "Jupyter Book": "jupyter-book",
}


def verified_with() -> str:
    """Return e.g. 'Python 3.11.4, PyTorch 2.13.0+cpu, …' for this environment."""
    return ", ".join(
        [f"Python {platform.python_version()}"]
        + [f"{name} {version(package)}" for name, package in PACKAGES.items()]
    )


def commit_date(folder: str) -> str | None:
    """Return the date (YYYY-MM-DD) of the commit in `folder`, None where there is none."""
    try:
        return subprocess.run(
            ["git", "log", "-1", "--format=%cs"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def adapted_from(upstream: str) -> str:
    """What the licence asks of a fork: a link to the original course, empty for that itself."""
    if not upstream:
        return ""
    return f' Adapted from <a href="{escape(upstream)}">the original course</a>, CC BY 4.0.'


def write_footer(app: Sphinx) -> None:
    """Hand all that to the theme, which prints it on every page."""
    date = commit_date(app.srcdir)
    when = f' State of <time datetime="{date}">{date}</time>.' if date else ""
    origin = adapted_from(app.config.upstream)
    options = app.config.html_theme_options
    options["logo"] = {"text": app.config.html_title}
    options["extra_footer"] = f"<p>Verified with {verified_with()}.{when}{origin}</p>"


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the footer."""
    # Before the builder starts, because it copies the theme's options once.
    app.connect("config-inited", lambda app, config: write_footer(app))
    return {}
