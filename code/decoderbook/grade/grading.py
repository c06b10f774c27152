"""Grade submissions: children run them side by side, and what they send is judged here, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from decoderbook.assign.assignment import Assignment
from decoderbook.grade.exam import Exam, draw_exam
from decoderbook.grade.job import Job, Layers, Limits
from decoderbook.grade.remote import Reply, ask
from decoderbook.grade.rows import Replies, Row, broken, make_row
from decoderbook.grade.similar import Pair, answer_code, pairs_of
from decoderbook.grade.submissions import Submission


@dataclass(frozen=True)
class Grader:
    """An assignment with its exams drawn, and how children run."""

    assignment: Assignment
    exams: dict[str, Exam]
    limits: Limits = field(default_factory=Limits)
    layers: Layers = field(default_factory=Layers)
    run: Callable[[Job], Reply] = ask

    @classmethod
    def of(cls, assignment: Assignment, limits: Limits | None = None) -> Grader:
        """Draw the exams of all its chapters."""
        exams = {c: draw_exam(assignment, c) for c in assignment.chapters}
        return cls(assignment, exams, limits or Limits())

    def replies(self, submission: Submission) -> Replies:
        """Run the notebooks of one submission; those of other chapters are told, and left out."""
        found = []
        for notebook in submission.notebooks:
            exam = self.exams.get(notebook.chapter)
            if exam is None:
                what = notebook.chapter or "of no chapter that can be recognised"
                submission.problems.append(
                    f"{notebook.name} is {what}, which is not assigned"
                )
                continue
            job = exam.job(notebook, self.limits, self.layers)
            found.append((notebook, self.run(job)))
        return found

    def row(self, submission: Submission, replies: Future[Replies]) -> Row:
        """Judge what came. Whatever goes wrong here is one student's row."""
        try:
            return make_row(self.assignment, self.exams, submission, replies.result())
        except Exception as error:
            return broken(submission, error)

    def rows(
        self, submissions: list[Submission], jobs: int
    ) -> Iterator[tuple[Submission, Row]]:
        """Grade submissions, as many at a time as there are jobs; each comes when it is done."""
        pool = ThreadPoolExecutor(jobs)
        try:
            due = {pool.submit(self.replies, s): s for s in submissions}
            for future in as_completed(due):
                submission = due.pop(future)
                yield submission, self.row(submission, future)
        finally:  # after Ctrl-C what runs comes to its end, and what waits does not begin
            pool.shutdown(wait=True, cancel_futures=True)


def pairs_in(assignment: Assignment, submissions: list[Submission]) -> list[Pair]:
    """What is alike in different students' answers, exercise by exercise."""
    found = []
    for exercise in assignment.chosen():
        answers = [
            (s.student, answer_code(notebook, exercise))
            for s in submissions
            for notebook in s.notebooks
            if notebook.chapter == exercise.chapter
        ]
        found += pairs_of(exercise, answers)
    return found
