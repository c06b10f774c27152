"""What must hold for any sizes and any numbers (hypothesis looks for a
counter-example).
"""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from tinydecoder import (
    ModelConfig,
    MultiHeadAttention,
    causal_mask,
    influence,
    leaks,
    padding_mask,
    sinusoidal_positional_encoding,
)

sizes = st.fixed_dictionaries(
    {
        "n_heads": st.integers(1, 4),
        "d_head": st.sampled_from([2, 4, 6]),
        "batch": st.integers(1, 3),
        "target": st.integers(1, 7),
        "source": st.integers(1, 7),
        "seed": st.integers(0, 10_000),
    }
)


def attention_of(size):
    torch.manual_seed(size["seed"])
    config = ModelConfig(
        d_model=size["n_heads"] * size["d_head"], n_heads=size["n_heads"]
    )
    attention = MultiHeadAttention(config).double().eval()
    x = torch.randn(size["batch"], size["target"], config.d_model, dtype=torch.float64)
    memory = torch.randn(
        size["batch"], size["source"], config.d_model, dtype=torch.float64
    )
    return attention, x, memory


@given(sizes)
def test_any_lengths_and_rows_that_sum_to_one(size):
    attention, x, memory = attention_of(size)
    output, weights = attention(x, memory)
    assert output.shape == x.shape
    assert weights.shape == (
        size["batch"],
        size["n_heads"],
        size["target"],
        size["source"],
    )
    assert_close(weights.sum(-1), torch.ones_like(weights.sum(-1)))
    assert (weights >= 0).all()


@given(sizes)
def test_nothing_looks_ahead(size):
    attention, x, _ = attention_of(size)
    mask = causal_mask(size["target"])
    change = influence(lambda rows: attention(rows, mask=mask)[0], x[0])
    assert leaks(change) == []
    assert torch.equal(change > 0, mask)


@given(sizes, st.floats(-1e6, 1e6, allow_nan=False))
def test_padding_never_changes_a_real_position(size, rubbish):
    attention, x, memory = attention_of(size)
    ids = torch.ones(size["batch"], size["source"] + 2, dtype=torch.long)
    ids[:, size["source"] :] = 0
    tail = torch.full((size["batch"], 2, x.size(-1)), rubbish, dtype=torch.float64)
    padded, _ = attention(
        x, torch.cat((memory, tail), dim=1), padding_mask(ids, pad_id=0)
    )
    assert_close(padded, attention(x, memory)[0])


@given(sizes)
def test_one_parallel_pass_equals_one_row_at_a_time(size):
    attention, x, _ = attention_of(size)
    parallel, _ = attention(x, mask=causal_mask(size["target"]))
    for i in range(size["target"]):
        so_far, _ = attention(x[:, : i + 1])
        assert_close(parallel[:, i], so_far[:, i])


@given(sizes)
def test_the_order_of_the_batch_does_not_matter(size):
    attention, x, memory = attention_of(size)
    order = torch.randperm(size["batch"])
    assert_close(attention(x[order], memory[order])[0], attention(x, memory)[0][order])


@given(sizes)
def test_without_positions_the_order_of_the_rows_is_lost(size):
    attention, x, _ = attention_of(size)
    order = torch.randperm(size["target"])
    assert_close(attention(x[:, order])[0], attention(x)[0][:, order])


@given(st.integers(1, 40), st.integers(0, 1000), st.integers(1, 64))
def test_products_of_positions_depend_on_the_offset_alone(pairs, offset, length):
    positions = torch.arange(length)
    here = sinusoidal_positional_encoding(positions, 2 * pairs, dtype=torch.float64)
    there = sinusoidal_positional_encoding(
        positions + offset, 2 * pairs, dtype=torch.float64
    )
    products = (here * there).sum(-1)
    assert_close(products, products[:1].expand(length), atol=1e-10, rtol=0)
