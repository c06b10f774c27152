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
from decoderbook.grade.naive import naive_exam
from decoderbook.grade.notebook import Notebook

NOTEBOOK = Notebook("n", "", ())


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


def secrets_found(exam):
    """The rights that a child could find: (exercise, case) of each."""
    asked = pickle.loads(exam.payload(NOTEBOOK))
    rights = asked.get("rights", {})
    found = []
    for slug, sheets in exam.sheets.items():
        for sheet, cases in zip(sheets, asked["cases"][slug], strict=True):
            order = exam.order(sheet, NOTEBOOK)
            for i, (ask, arguments) in zip(order, cases, strict=True):
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
    assert secrets_found(exam) == []


def test_a_right_value_would_be_found(exam):
    believing = naive_exam(exam, frozenset({"separation"}))
    slugs = {
        slug
        for slug, sheets in exam.sheets.items()
        for sheet in sheets
        for right in sheet.rights
        if any(t.numel() > 1 for t in tensors_in(right))
    }
    if slugs:
        assert secrets_found(believing)


def test_cases_come_in_an_order_of_each_notebook(exam):
    sheets = [s for of in exam.sheets.values() for s in of if len(s.cases) > 4]
    other = Notebook("n", "", ("x = 1",))
    orders = [[exam.order(s, n) for s in sheets] for n in (NOTEBOOK, other)]
    for order, sheet in zip(orders[0], sheets, strict=True):
        assert sorted(order) == list(range(len(sheet.cases)))
    assert not sheets or orders[0] != orders[1]
    assert not sheets or any(order != sorted(order) for order in orders[0])


def test_a_payload_has_no_number_of_a_case(exam):
    asked = pickle.loads(exam.payload(NOTEBOOK))["cases"]
    for of_slug in asked.values():
        assert all(callable(ask) for cases in of_slug for ask, _ in cases)


def test_what_a_statement_tells_to_import_is_given():
    exercise = source.exercises()["kv-cache"]
    assert "from tinydecoder import merge_heads" in exercise.statement
    assert "merge_heads" in names_of((exercise,))["tinydecoder"]


def test_an_answer_that_is_data_is_not_asked_for_in_a_child(exam):
    asked = pickle.loads(exam.payload(NOTEBOOK))["cases"]
    for exercise in exam.exercises:
        assert exam.is_data(exercise) == (exercise.slug not in asked)
