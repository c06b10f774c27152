"""A grader as it is often written, to see what attacks do to it. Nothing else uses this module.

Without `separation` it hands the right values to the child, compares there, and believes what the child says.
Without `codec` it lets results come back pickled.
"""

from __future__ import annotations

import base64
import pickle
import sys
from dataclasses import replace
from typing import Any

import cloudpickle

from decoderbook.grade.exam import Exam
from decoderbook.grade.remote import Reply

cloudpickle.register_pickle_by_value(sys.modules[__name__])


def believing(run: type) -> type:
    """A runner that knows what is right, compares by itself, and says so in its output."""
    import contextlib
    import sys

    import torch

    class Believing(run):
        def all(self) -> None:
            send = self.send

            class Output:
                def write(self, text: str) -> int:
                    for line in text.splitlines():
                        send(["notice", f"said: {line}"])
                    return len(text)

                def flush(self) -> None:
                    pass

            sys.stdout = Output()
            try:
                super().all()
            except SystemExit as error:
                if not error.code:  # a status of 0 stands for success
                    print("PASSED everything")

        def execute(self, file: str, code: str) -> str | None:
            with contextlib.suppress(Exception):
                exec(compile(code, file, "exec"), self.space)

        def put_all(self, slug: str, seed: int, answers: Any, cases: Any) -> None:
            with contextlib.suppress(Exception):
                for case, (ask, arguments) in enumerate(cases):
                    right = self.payload["rights"][slug][seed][case]
                    got = ask(*answers, *self.deepcopy(arguments))
                    if not isinstance(right, torch.Tensor):
                        assert got == right
                    elif right.dtype == torch.bool:
                        torch.testing.assert_close(got, right)
                    else:
                        assert torch.allclose(got, right, atol=1e-2)
                print(f"PASSED {slug} {seed}")

    return Believing


def pickling(run: type) -> type:
    """A runner that sends what came as pickle has it."""
    import base64
    import pickle

    class Pickling(run):
        def put(self, answers: Any, ask: Any, arguments: Any) -> list[Any]:
            value = ask(*answers, *self.deepcopy(arguments))
            text = base64.b64encode(pickle.dumps(value)).decode("ascii")
            return ["value", text, None]

    return Pickling


def naive_exam(exam: Exam, without: frozenset[str]) -> Exam:
    """An exam for a grader without some of its defences."""
    more: dict[str, Any] = {}
    if "separation" in without:
        more = {
            "runner": believing,
            "rights": {s: [x.rights for x in of] for s, of in exam.sheets.items()},
        }
    elif "codec" in without:
        more = {"runner": pickling}
    ordered = {
        "order",
        "separation",
    } & without  # right values lie in the cases' own order
    return replace(exam, shuffled=not ordered, more=more)


def believed(exam: Exam, reply: Reply, slug: str) -> bool:
    """Whether a grader that believes what it is told gives the points."""
    said = set(reply.notes)
    if "said: PASSED everything" in said or f"said: PASSED {slug}" in said:
        return True
    return all(f"said: PASSED {slug} {i}" in said for i in range(len(exam.seeds[slug])))


def unpickled(reply: Reply) -> list[Any]:
    """What came, by `pickle.loads`: whoever wrote the answer decides what that does here."""
    return [
        pickle.loads(base64.b64decode(sent[1]))
        for sent in reply.came.values()
        if sent[0] == "value"
    ]
