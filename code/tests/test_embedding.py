import math

import pytest
import torch
from torch.testing import assert_close

from tinydecoder import Embedding, sinusoidal_positional_encoding

LENGTH, D_MODEL = 11, 6


def test_equals_the_papers_formula_one_number_at_a_time():
    encoding = sinusoidal_positional_encoding(
        torch.arange(LENGTH), D_MODEL, dtype=torch.float64
    )
    for position in range(LENGTH):
        for i in range(D_MODEL // 2):
            angle = position / 10_000 ** (2 * i / D_MODEL)
            assert encoding[position, 2 * i].item() == pytest.approx(
                math.sin(angle), abs=1e-12
            )
            assert encoding[position, 2 * i + 1].item() == pytest.approx(
                math.cos(angle), abs=1e-12
            )


def test_a_shift_is_a_rotation_of_each_pair():
    shift, positions = 7, torch.arange(50)
    here = sinusoidal_positional_encoding(positions, D_MODEL, dtype=torch.float64)
    there = sinusoidal_positional_encoding(
        positions + shift, D_MODEL, dtype=torch.float64
    )
    angle = shift / 10_000 ** (torch.arange(0, D_MODEL, 2).double() / D_MODEL)
    sine, cosine = here[:, 0::2], here[:, 1::2]
    assert_close(
        there[:, 0::2], sine * angle.cos() + cosine * angle.sin(), atol=1e-12, rtol=0
    )
    assert_close(
        there[:, 1::2], cosine * angle.cos() - sine * angle.sin(), atol=1e-12, rtol=0
    )


def test_any_real_position_far_ones_too():
    times = torch.tensor([0.0, 0.4, 1e6], dtype=torch.float64)
    encoding = sinusoidal_positional_encoding(times, D_MODEL)
    assert encoding.dtype == torch.float32
    expected = torch.tensor([math.sin(t) for t in times.tolist()])
    assert_close(encoding[:, 0], expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("wrong", [5, 0, -2])
def test_an_odd_d_model_is_refused(wrong):
    with pytest.raises(ValueError, match=f"even number of at least 2, got {wrong}"):
        sinusoidal_positional_encoding(torch.arange(3), wrong)


def test_embedding_is_the_tables_row_scaled_plus_the_position():
    torch.manual_seed(0)
    embedding = Embedding(vocab_size=13, d_model=D_MODEL)
    ids = torch.tensor([[3, 12, 3, 0]])
    rows = embedding(ids)
    encoding = sinusoidal_positional_encoding(torch.arange(4), D_MODEL)
    for position, token in enumerate(ids[0].tolist()):
        expected = (
            embedding.token.weight[token] * math.sqrt(D_MODEL) + encoding[position]
        )
        assert_close(rows[0, position], expected)


def test_no_weight_knows_a_length():
    embedding = Embedding(vocab_size=13, d_model=D_MODEL)
    assert [tuple(p.shape) for p in embedding.parameters()] == [(13, D_MODEL)]
    assert embedding(torch.zeros(1, 3000, dtype=torch.long)).shape == (1, 3000, D_MODEL)
