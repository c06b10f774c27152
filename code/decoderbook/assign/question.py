"""The questions that make sense without their page, each as HTML for a learning platform.

Every quiz of a chapter is among them, and every guess whose statement says all that it asks about. A guess
that points at something of its page, such as "this sentence" or an example's rows, is not:
`NEEDS_ITS_PAGE` names these, one by one.
"""

from __future__ import annotations

from dataclasses import dataclass

from decoderbook.assign.assignment import AssignmentError
from decoderbook.assign.markup import address, to_html, to_line, to_plain
from decoderbook.checks import source
from decoderbook.checks.items import Question

NEEDS_ITS_PAGE = {
    *("sure-of-the-right-one", "share-of-a-chat-model", "more-merges"),
    *("plain-analogies", "base-and-first-pair", "middle-hand", "taken-out"),
    *("by-a-detour", "untrained-probe", "value-only", "longest-term"),
    *("last-word-changed", "shuffled-source", "where-endings-look"),
}


@dataclass(frozen=True)
class Answer:
    """One answer: its label and what is said to whoever gave it, both as HTML."""

    label: str
    reply: str
    right: bool


@dataclass(frozen=True)
class Asked:
    """A question as a platform asks it: its text and answers as HTML."""

    declared: Question
    name: str  # "quiz-" or "guess-" and its slug; the anchor of its place on the page
    title: str  # plain
    address: str  # of its place on the published page
    text: str
    answers: tuple[Answer, ...]

    @property
    def too_low_right_too_high(self) -> tuple[Answer, Answer, Answer]:
        """The answers to a question for a number, from low to high."""
        low, right, high = self.answers
        return low, right, high


def _asked(question: Question) -> Asked:
    """A declared question as HTML."""
    here = question.chapter
    name = f"{question.kind}-{question.slug}"
    # A platform keeps the title to itself, and a quiz has the sentence that it asks about there.
    title = f"<p><strong>{to_line(question.title, here)}</strong></p>"
    text = title + to_html(question.statement, here)
    if slider := question.slider:
        text += f"<p>Answer with a number from {slider.low:g} to {slider.high:g}.</p>"
    answers = tuple(
        Answer(to_html(c.label, here), to_html(c.reply, here), c.right)
        for c in question.choices
    )
    words = to_plain(question.title)
    return Asked(question, name, words, address(here, name), text, answers)


def questions_of(chapter: str) -> list[Asked]:
    """The questions of a chapter for a learning platform, in the chapter's order.

    Raises AssignmentError for a chapter without any, and outside a clone of the repository.
    """
    declared = source.declared(chapter).questions
    chosen = [q for q in declared if q.slug not in NEEDS_ITS_PAGE]
    if not chosen:
        raise AssignmentError(f"chapter {chapter!r} has no question for a quiz")
    return [_asked(question) for question in chosen]
