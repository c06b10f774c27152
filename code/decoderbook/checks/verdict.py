"""What a check says: as text, and in colour below a cell."""

from __future__ import annotations

import html
import re
import sys
from dataclasses import dataclass

from decoderbook.checks.items import Exercise

# Sign, word and colour of each verdict: the colour never says it alone. Each colour is a tint that keeps
# its contrast on a light page and on a dark one.
ITALIC = re.compile(r"(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])")
LOOKS = {
    "right": ("✓", "Right", "46, 160, 67"),
    "wrong": ("✗", "Not yet", "210, 60, 60"),
    "blank": ("○", "Yours to write", "90, 120, 180"),
}


@dataclass(frozen=True)
class Verdict:
    """The verdict on an answer; `str` and a notebook show it."""

    exercise: Exercise
    kind: str  # right, wrong or blank
    seed: int
    tried: int = 0
    case: str = ""
    said: str = ""
    look: str = ""
    mistake: str = ""
    hint: str = ""
    blank: tuple[str, ...] = ()  # the names that are still to be written

    @property
    def passed(self) -> bool:
        """Whether the answer is right."""
        return self.kind == "right"

    @property
    def points(self) -> int:
        """The points that it earns."""
        return self.exercise.points if self.passed else 0

    def lines(self, with_seed: bool = True) -> list[str]:
        """The message, in lines of Markdown without links; a grader keeps its seeds to itself."""
        exercise = self.exercise
        sign, word, _ = LOOKS[self.kind]
        head = f"{sign} {word} · {exercise.label} {exercise.title}"
        if self.kind == "blank":
            names = " and ".join(f"`{name}`" for name in self.blank)
            hints = (
                "If hints stand above, they help one by one." if exercise.hints else ""
            )
            return [
                head,
                f"Nothing to check yet. Write {names} above, and run the cell again. {hints}".strip(),
            ]
        if self.kind == "right":
            seed = f" (seed {self.seed})" if with_seed else ""
            return [
                head,
                f"{self.tried} case{'s' * (self.tried > 1)} tried{seed}, all as it should be.",
            ]
        found = [head]
        if self.case:
            found.append(f"Tried with {self.case}.")
        found.append(self.said)
        if self.hint:
            found.append(
                f"**{self.mistake[0].upper()}{self.mistake[1:]}.** {self.hint}"
            )
        elif self.look:
            found.append(f"Where to look: {self.look}")
        seed = [f"seed={self.seed}"] if with_seed else []
        call = ", ".join([f'"{exercise.slug}"', *exercise.answers, *seed])
        again = "the same numbers once more" if with_seed else "numbers of your own"
        found.append(f"Read again: {exercise.read}. For {again}: `check({call})`.")
        return found

    def __str__(self) -> str:
        text = "\n".join(as_text(line) for line in self.lines())
        # A sign that the terminal does not know becomes a question mark.
        known = getattr(sys.stdout, "encoding", None) or "utf-8"
        return text.encode(known, "replace").decode(known)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        head, *rest = self.lines()
        colour = LOOKS[self.kind][2]
        inside = "".join(
            f'<p style="margin:.3em 0 0">{as_html(line)}</p>' for line in rest
        )
        return (
            f'<div class="verdict verdict-{self.kind}" role="status" style="border-left:.35em solid '
            f'rgb({colour});background:rgba({colour},.1);padding:.5em .8em;margin:.2em 0">'
            f"<strong>{as_html(head)}</strong>{inside}</div>"
        )


def as_text(line: str) -> str:
    """A line without the marks of code and bold; what is quoted as code stays as it is."""
    parts = line.split("`")
    parts[::2] = [ITALIC.sub(r"\1", part.replace("**", "")) for part in parts[::2]]
    return "".join(parts)


def as_html(line: str) -> str:
    """A line with `code`, **bold** and *italic* as HTML."""
    text = html.escape(line.replace("\0", ""), quote=False)
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(f"<code>{found[1]}</code>")
        return f"\0{len(kept) - 1}\0"

    text = re.sub(r"`([^`]+)`", keep, text)
    text = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", text)
    text = ITALIC.sub(r"<em>\1</em>", text)
    return re.sub("\0(\\d+)\0", lambda m: kept[int(m[1])], text)
