"""What crosses from a child: values as they are, all else as its type's name, and nothing that acts."""

import base64
import collections
import json
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from decoderbook.checks.compare import same
from decoderbook.grade.codec import (
    DTYPES,
    MalformedError,
    Opaque,
    decode,
    encode,
    frame,
    unframe,
)

SIMPLE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.complex_numbers(allow_nan=False)
)
VALUES = st.recursive(
    SIMPLE | st.just(...),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(
            st.text() | st.integers() | st.tuples(st.integers()), inner, max_size=4
        )
    ),
    max_leaves=20,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(), inner, max_size=3)
        | st.tuples(
            st.sampled_from(["list", "tuple", "dict", "tensor", "object", "complex"]),
            inner,
            inner,
        ).map(list)
    ),
    max_leaves=20,
)


def there_and_back(value):
    return decode(unframe(frame(encode(value))[4:]))


@given(VALUES)
def test_plain_values_come_back_as_they_were(value):
    assert there_and_back(value) == value
    assert type(there_and_back(value)) is type(value)


@given(st.floats())
def test_every_float_comes_back_to_the_bit(value):
    got = there_and_back(value)
    assert got == value or (math.isnan(got) and math.isnan(value))
    assert math.copysign(1, got) == math.copysign(1, value) or math.isnan(value)


@pytest.mark.parametrize("name", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3, 4)])
def test_a_tensor_comes_back_with_type_shape_and_numbers(name, shape):
    kind = getattr(torch, name)
    value = (10 * torch.rand(shape)).to(kind)
    got = there_and_back(value)
    assert got.dtype == kind and got.shape == value.shape and torch.equal(got, value)


@pytest.mark.parametrize(
    "value",
    [
        torch.rand(4, 6).T,
        torch.rand(3).expand(5, 3),
        torch.rand(9)[::2],
        torch.arange(6).reshape(1, 6)[:, 3],  # one number, and a stride of six
        torch.arange(6).reshape(1, 6)[:, ::2],
        torch.view_as_complex(torch.rand(3, 2)).conj().imag,
        torch.view_as_complex(torch.rand(3, 2)).conj(),
        torch.nn.Parameter(torch.rand(2)),
        torch.rand(2, requires_grad=True) * 2,
    ],
)
def test_a_view_comes_back_as_its_numbers(value):
    assert torch.equal(there_and_back(value), value.detach().clone())


@pytest.mark.parametrize(
    "value",
    [np.float32(2.5), np.int64(7), np.bool_(True), np.arange(6.0).reshape(2, 3)],
)
def test_what_numpy_made_comes_back_as_a_check_takes_it(value):
    assert same(there_and_back(value), value)


class Sly(list):
    def __iter__(self):
        return iter([1, 2, 3])

    def __len__(self):
        return 3

    def __eq__(self, other):
        return True


class Agrees:
    def __eq__(self, other):
        return True


class Liar(torch.Tensor):
    shape = property(lambda self: torch.Size([2]))


def test_a_subclass_has_no_say_in_what_it_is():
    got = there_and_back(Sly([9]))
    assert type(got) is list and got == [9] and got != [1, 2, 3]
    point = collections.namedtuple("Point", "x y")(1, 2)
    assert there_and_back(point) == (1, 2) and type(there_and_back(point)) is tuple
    found = there_and_back(torch.rand(5).max(dim=0))
    assert type(found) is tuple and len(found) == 2


@pytest.mark.parametrize(
    "value",
    [
        Agrees(),
        Agrees,
        len,
        {1, 2},
        object(),
        range(3),
        (i for i in ()),
        torch.rand(2).as_subclass(Liar),
        torch.rand(2, device="meta"),
        torch.rand(2, 2).to_sparse(),
        np.array(["a"]),
        np.datetime64("2020-01-01"),
        1 << 2000,
        "x" * 30_000,
        torch.zeros(600, 600),
    ],
)
def test_everything_else_is_the_name_of_its_type_and_never_right(value):
    got = there_and_back(value)
    assert type(got) is Opaque
    for right in (value, 1, [1], torch.zeros(2), True, "x"):
        assert not same(got, right)


def test_what_is_deep_or_long_is_cut():
    deep = []
    for _ in range(5000):
        deep = [deep]
    assert len(json.dumps(encode(deep))) < 1000
    assert there_and_back([0] * 60_000) == Opaque(
        "list, too deep or too long to be sent"
    )
    assert there_and_back([0] * 40_000) == [0] * 40_000


@given(JSON)
def test_whatever_a_child_writes_is_a_value_or_malformed(data):
    try:
        value = decode(data)
    except MalformedError:
        return
    assert same(there_and_back(value), value) or "nan" in repr(value)


def tensor(dtype="int64", shape=(2,), raw=bytes(16)):
    return ["tensor", dtype, list(shape), base64.b64encode(raw).decode("ascii")]


@pytest.mark.parametrize(
    "data",
    [
        tensor("object"),
        tensor("load"),
        tensor(["int64"]),
        tensor(shape=(3,)),
        tensor(shape=(-2, -1)),
        tensor(shape=(2.0,)),
        tensor(shape=(True, 2)),
        tensor(shape=(1 << 62, 1 << 62)),
        tensor(shape=[1] * 40, raw=bytes(8)),
        tensor(shape=[0] + [1 << 20] * 15, raw=b""),
        ["tensor", "int64", [2], "no base64"],
        ["tensor", "int64", [2], None],
        ["tensor", "int64", [2], "é"],
        ["dict", [1]],
        ["dict", 1],
        ["complex", 1, "2"],
        ["object", 3],
        ["module", 3],
        [],
        [[1]],
        {"a": 1},
        1 << 5000,
        "x" * 30_000,
    ],
)
def test_what_no_child_writes_is_malformed(data):
    with pytest.raises(MalformedError):
        decode(data)


def test_a_byte_is_no_truth_value():
    got = decode(tensor("bool", (3,), bytes([0, 1, 255])))
    assert got.view(torch.uint8).tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff", b"[" * 200_000, b"1" * 5000, b"nul"]
)
def test_a_message_that_is_no_json_is_malformed(text):
    with pytest.raises(MalformedError):
        unframe(text)


def test_a_deep_message_is_malformed():
    data = []
    for _ in range(50):
        data = ["list", data]
    with pytest.raises(MalformedError):
        decode(data)


def test_keys_that_cannot_be_keys_make_no_dict():
    assert type(decode(["dict", [["list"], 1]])) is Opaque
    assert type(decode(["dict", [["tuple", ["list"]], 1]])) is Opaque
