"""What the files say of themselves: who made them, when, under which terms, where the course is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from decoderbook.site.footer import commit_date
from decoderbook.tools import address

ON_PAPER = (
    "Figures are pictures here, in their first state; in the course they follow a control. Code that only "
    "sets up a chapter or draws a figure stands in the notebooks. Replies to guesses, hints and solutions "
    "stand at the end of each chapter."
)


@dataclass(frozen=True)
class Words:
    """The course's own."""

    title: str
    author: str
    version: str
    date: str  # of the commit, YYYY-MM-DD; empty where there is none
    address: str  # of the published site
    subject: str = "The Transformer decoder, with English to Kannada translation"
    terms: str = "Text and figures: CC BY 4.0. Code: MIT."

    @classmethod
    def read(cls, root: Path = address.ROOT) -> Words:
        """From `_config.yml`, the version and the last commit."""
        config = yaml.safe_load((root / "_config.yml").read_text("utf-8"))
        known = address.read(root)
        return cls(
            title=config["title"],
            author=config["author"],
            version=known.version,
            date=commit_date(str(root)) or "",
            address=f"https://{known.site}/",
        )

    def imprint(self) -> list[str]:
        """The lines of a title page."""
        state = f"Version {self.version}"
        if self.date:
            state += f", state of {self.date}"
        return [f"{state}.", self.address, ON_PAPER, self.terms]
