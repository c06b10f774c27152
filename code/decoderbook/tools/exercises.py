"""A chapter's guesses, quizzes and exercises, written into its notebook from what
`decoderbook/exercises` declares. The cells are plain Markdown with native `<details>`: they work in Jupyter,
in Colab and on a page without scripts.
"""

import re

import nbformat
from nbformat import NotebookNode

from decoderbook.checks import source
from decoderbook.checks.answers import declared_answers
from decoderbook.checks.engine import judge
from decoderbook.checks.items import Declared, Exercise, Question
from decoderbook.checks.verdict import LOOKS, as_html
from decoderbook.tools.canonical import GUESSED, NotebookError

MADE = re.compile(r"^(guess|quiz|exercise)-|^exercises$")  # ids of the cells made here
BEFORE = "## Where next"  # the exercises end the chapter, before this
SEED = 0  # of the messages that are shown on the page
ASKED = {"guess": "Guess first", "quiz": "Right or wrong?"}
# The page's script writes its own words here.
HOW = '<p class="guess-how">Choose one: open the answer that you believe.{}</p>'
HIDDEN = " The cell below shows what is right; in Jupyter it is folded until then."


def put_exercises(notebook: NotebookNode, name: str) -> None:
    """Write what the chapter `name` declares into its notebook, in the place of what was there.

    Raises NotebookError where a cell to stand before is missing, or where a cell holds an answer
    of somebody's own, which would be lost.
    """
    declared = source.declared(name)
    old = {cell.id: cell for cell in notebook.cells if MADE.search(cell.id)}
    cells = [cell for cell in notebook.cells if cell.id not in old]
    for question in declared.questions:
        if question.before:
            at = _place(cells, question, name)
            cells.insert(
                at, _markdown(f"{question.kind}-{question.slug}", form(question))
            )
    if declared.exercises:
        block = _block(declared, old, name)
        at = next(
            (
                i
                for i, cell in enumerate(cells)
                if cell.cell_type == "markdown" and cell.source.startswith(BEFORE)
            ),
            None,
        )
        if at is None:
            raise NotebookError(
                f"{name}: the exercises stand before a cell that begins {BEFORE!r}; there is none"
            )
        cells[at:at] = block
    notebook.cells = cells
    _fold_answers(cells, declared)


def _fold_answers(cells: list[NotebookNode], declared: Declared) -> None:
    """Give the cells that answer a guess the tag with which Jupyter shows them folded."""
    answers = {q.before for q in declared.questions if q.before}
    answers |= {q.proof for q in declared.questions if q.before}
    for cell in cells:
        tags = {*cell.metadata.get("tags", [])} - {GUESSED}
        if cell.cell_type == "code" and cell.id in answers:
            tags.add(GUESSED)
        if tags or "tags" in cell.metadata:
            cell.metadata["tags"] = sorted(tags)


def _place(cells: list[NotebookNode], question: Question, name: str) -> int:
    for i, cell in enumerate(cells):
        if cell.id == question.before:
            return i
    raise NotebookError(
        f"{name}: {question.slug} should stand before the cell {question.before!r}, which is not there"
    )


def _markdown(cell_id: str, text: str) -> NotebookNode:
    return nbformat.v4.new_markdown_cell(text, id=cell_id)


def _block(
    declared: Declared, old: dict[str, NotebookNode], name: str
) -> list[NotebookNode]:
    """The chapter's end: its quizzes, then its exercises."""
    made = []
    quizzes = [q for q in declared.questions if not q.before]
    for i, question in enumerate(quizzes):
        text = form(question)
        if i == 0:
            text = f"## Right or wrong?\n\n{text}"
        made.append(_markdown(f"{question.kind}-{question.slug}", text))
    minutes = sum(e.minutes for e in declared.exercises)
    points = sum(e.points for e in declared.exercises)
    made.append(
        _markdown(
            "exercises",
            "## Exercises\n\n"
            f"{len(declared.exercises)} exercises, {points} points, about {minutes} minutes. "
            "In a notebook, first run the cells above (*Run → Run All Above Selected Cell*). Then write your "
            "answer in the cell and run it: the check in its last line tries fresh numbers "
            "each time, and says what it found. Nothing runs on the published page: open the chapter "
            "in Colab (the link at the top), or write on paper, and compare with the solution. "
            "What the check says to wrong answers stands on a [page of its own](wrong-answers.md). "
            "What you tick is kept in your browser, as [your progress](progress.md).",
        )
    )
    for exercise in declared.exercises:
        made += _exercise_cells(exercise, old, name)
    return made


def _exercise_cells(
    exercise: Exercise, old: dict[str, NotebookNode], name: str
) -> list[NotebookNode]:
    answer = nbformat.v4.new_code_cell(
        answer_code(exercise), id=f"exercise-{exercise.slug}-answer"
    )
    if (before := old.get(answer.id)) is not None:
        if before.source == answer.source:
            answer.outputs = before.outputs
        elif not _was_blank(before):
            raise NotebookError(
                f"{name}: the cell of exercise {exercise.label} holds an answer, which would be lost; "
                "keep it in a notebook of your own, and take this one back with git"
            )
    return [
        _markdown(f"exercise-{exercise.slug}", task(exercise)),
        answer,
        _markdown(f"exercise-{exercise.slug}-after", afterwards(exercise)),
    ]


def _was_blank(cell: NotebookNode) -> bool:
    shown = "".join(o.get("data", {}).get("text/plain", "") for o in cell.outputs)
    return not cell.outputs or shown.startswith(LOOKS["blank"][0])


def fold(summary: str, text: str) -> str:
    """Markdown behind a summary."""
    return f"<details><summary>{as_html(summary)}</summary>\n\n{text}\n\n</details>"


def fenced(code: str, language: str = "python") -> str:
    """Code as a block; as "text" it is not coloured."""
    return f"```{language}\n{code}\n```"


def form(question: Question) -> str:
    """A question with its choices; each choice opens its reply."""
    choices = [
        fold(choice.label, f"**{'Yes' if choice.right else 'No'}.** {choice.reply}")
        for choice in question.choices
    ]
    numbers = ""
    if s := question.slider:
        numbers = "".join(
            f' data-{key}="{getattr(s, key):g}"'
            for key in ("low", "high", "step", "right", "within")
        )
    return "\n\n".join(
        [
            f'<div class="{question.kind}" id="{question.kind}-{question.slug}"{numbers}>',
            f"**{ASKED[question.kind]} · {question.title}**",
            question.statement,
            HOW.format(HIDDEN if question.kind == "guess" else ""),
            *choices,
            "</div>",
        ]
    )


def task(exercise: Exercise) -> str:
    """What is asked, with its hints."""
    points = f"{exercise.points} point{'s' if exercise.points > 1 else ''}"
    hints = [
        fold(
            f"Hint {i} of {len(exercise.hints)}" if len(exercise.hints) > 1 else "Hint",
            hint,
        )
        for i, hint in enumerate(exercise.hints, 1)
    ]
    return "\n\n".join(
        [
            f"### Exercise {exercise.label} · {exercise.title}",
            f"*{points}, about {exercise.minutes} minutes.* {exercise.statement}",
            *hints,
        ]
    )


def answer_code(
    exercise: Exercise, code: str | None = None, seed: int | None = None
) -> str:
    """The cell to write in: the starter, or other code in its place, and the call of the check."""
    code = exercise.starter if code is None else code
    gap = "\n\n\n" if "def " in code or "class " in code else "\n\n"
    again = [] if seed is None else [f"seed={seed}"]
    call = ", ".join([f'"{exercise.slug}"', *exercise.answers, *again])
    return f"{code}{gap}check({call})"


def afterwards(exercise: Exercise) -> str:
    """What the check says to a wrong answer, and a solution, both folded."""
    wrong = exercise.wrong[0]
    answers = declared_answers(exercise, wrong.code, wrong.name)
    lines = judge(exercise, answers, SEED).lines()
    said = "\n>\n".join(f"> {line}" for line in lines)
    return "\n\n".join(
        [
            fold(
                "What the check says to a wrong answer",
                f"{fenced(wrong.code)}\n\n{said}",
            ),
            fold("A solution", fenced(exercise.solution)),
        ]
    )
