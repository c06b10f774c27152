"""What a child is handed: the questions of all exercises, and no right value, wherever one looks."""

import functools
import pickle
from types import FunctionType, MethodType, ModuleType

import pytest
import torch

from decoderbook.assign.assignment import Assignment
from decoderbook.checks import source
from decoderbook.checks.compare import same
from decoderbook.grade.exam import draw_exam, names_of
from decoderbook.grade.naive import naive_payload


@pytest.fixture(scope="module", params=source.chapters())
def exam(request):
    slugs = tuple(e.slug for e in source.declared(request.param).exercises)
    return draw_exam(Assignment("All", (request.param,), slugs, 5), request.param)


def reachable(*begin):
    """All that hangs on some objects: closures, defaults, used globals, attributes, entries."""
    due, seen = list(begin), {}
    while due:
        found = due.pop()
        if id(found) in seen:
            continue
        seen[id(found)] = found
        if isinstance(found, FunctionType):
            due += [c.cell_contents for c in found.__closure__ or ()]
            due += [found.__defaults__, found.__kwdefaults__]
            if str(found.__module__).startswith("decoderbook"):
                due += [
                    found.__globals__[n]
                    for n in found.__code__.co_names
                    if n in found.__globals__
                ]
        elif isinstance(found, MethodType):
            due += [found.__self__, found.__func__]
        elif isinstance(found, functools.partial):
            due += [found.func, found.args, found.keywords]
        elif isinstance(found, dict):
            due += [*found.keys(), *found.values()]
        elif isinstance(found, list | tuple | set):
            due += found
        elif hasattr(found, "__dict__") and not isinstance(found, type | ModuleType):
            due.append(vars(found))
    return list(seen.values())


def tensors_in(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, list | tuple):
        return [t for v in value for t in tensors_in(v)]
    return []


def secrets_found(exam, payload):
    """The rights that a child could find: (exercise, case) of each."""
    asked = pickle.loads(payload)
    rights = asked.get("rights", {})
    found = []
    for slug, sheets in exam.sheets.items():
        for sheet, cases in zip(sheets, asked["cases"][slug], strict=True):
            for i, ask, arguments in cases:
                given = [t for t in reachable(arguments) if isinstance(t, torch.Tensor)]
                near = [
                    t
                    for t in reachable(ask, rights.get(slug))
                    if isinstance(t, torch.Tensor)
                ]
                for right in (t for t in tensors_in(sheet.rights[i]) if t.numel() > 1):
                    known = any(same(t, right) for t in given)
                    if not known and any(same(t, right) for t in near):
                        found.append((slug, sheet.cases[i].name))
    return found


def test_no_right_value_is_in_a_payload(exam):
    assert exam.exercises
    assert secrets_found(exam, exam.payload) == []


def test_a_right_value_would_be_found(exam):
    payload = naive_payload(exam, frozenset({"separation"}))
    slugs = {
        slug
        for slug, sheets in exam.sheets.items()
        for sheet in sheets
        for right in sheet.rights
        if any(t.numel() > 1 for t in tensors_in(right))
    }
    if slugs:
        assert secrets_found(exam, payload)


def test_cases_come_in_an_order_of_their_own(exam):
    asked = pickle.loads(exam.payload)["cases"]
    orders = [
        [i for i, *_ in cases]
        for slug in asked
        for cases in asked[slug]
        if len(cases) > 4
    ]
    assert all(sorted(order) == list(range(len(order))) for order in orders)
    assert not orders or any(order != sorted(order) for order in orders)


def test_what_a_statement_tells_to_import_is_given():
    exercise = source.exercises()["kv-cache"]
    assert "from tinydecoder import merge_heads" in exercise.statement
    assert "merge_heads" in names_of((exercise,))["tinydecoder"]


def test_an_answer_that_is_data_is_not_asked_for_in_a_child(exam):
    asked = pickle.loads(exam.payload)["cases"]
    for exercise in exam.exercises:
        assert exam.is_data(exercise) == (exercise.slug not in asked)
