"""Attention's formulas against torch's own, and against a slow loop that can be read."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from tinydecoder import (
    causal_mask,
    merge_heads,
    padding_mask,
    scaled_dot_product_attention,
    split_heads,
)

# Every dimension has a size of its own, so that a swapped axis fails.
BATCH, HEADS, TARGET, SOURCE, D_K, D_V = 2, 3, 5, 7, 4, 6


def inputs(dtype=torch.float64):
    torch.manual_seed(0)
    shapes = [
        (BATCH, HEADS, TARGET, D_K),
        (BATCH, HEADS, SOURCE, D_K),
        (BATCH, HEADS, SOURCE, D_V),
    ]
    return [torch.randn(shape, dtype=dtype, requires_grad=True) for shape in shapes]


def slow_attention(query, key, value, mask):
    """One pair of numbers at a time, for a single head."""
    output = torch.zeros(len(query), value.size(1), dtype=query.dtype)
    for i in range(len(query)):
        allowed = [j for j in range(len(key)) if mask is None or mask[i, j]]
        powers = [
            math.exp(sum(query[i] * key[j]) / math.sqrt(query.size(1))) for j in allowed
        ]
        for j, power in zip(allowed, powers, strict=True):
            output[i] += power / sum(powers) * value[j]
    return output


MASKS = {
    "no mask": None,
    "any mask": torch.rand(TARGET, SOURCE, generator=torch.Generator().manual_seed(1))
    < 0.6,
    "one for each sentence": torch.arange(SOURCE)
    < torch.tensor([7, 4])[:, None, None, None],
    "a row that sees nothing": torch.arange(TARGET)[:, None].expand(TARGET, SOURCE)
    != 2,
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.float64, 1e-12)]
)
def test_equals_torch_in_outputs_and_gradients(mask, dtype, tolerance):
    ours, theirs = inputs(dtype), inputs(dtype)
    output, _ = scaled_dot_product_attention(*ours, mask)
    expected = F.scaled_dot_product_attention(*theirs, attn_mask=mask)
    assert_close(output, expected, atol=tolerance, rtol=0)
    weighting = torch.randn_like(output)
    (output * weighting).sum().backward()
    (expected * weighting).sum().backward()
    for mine, yours in zip(ours, theirs, strict=True):
        assert_close(mine.grad, yours.grad, atol=10 * tolerance, rtol=0)


@pytest.mark.parametrize("mask", [None, MASKS["any mask"]], ids=["no mask", "any mask"])
def test_equals_a_slow_loop(mask):
    query, key, value = (x.detach()[0, 0] for x in inputs())
    output, _ = scaled_dot_product_attention(query, key, value, mask)
    assert_close(output, slow_attention(query, key, value, mask), atol=1e-12, rtol=0)


def test_no_nan_in_or_behind_a_row_that_sees_nothing():
    query, key, value = inputs(torch.float32)
    nothing = torch.zeros(TARGET, SOURCE, dtype=torch.bool)
    with pytest.warns(UserWarning, match="Anomaly"):  # torch says that checking is slow
        watch = torch.autograd.detect_anomaly(check_nan=True)
    with watch:
        output, weights = scaled_dot_product_attention(query, key, value, nothing)
        output.sum().backward()
    assert output.abs().sum() == weights.abs().sum() == 0
    assert all(x.grad.abs().sum() == 0 for x in (query, key, value))


def test_half_precision_survives_a_mask():
    query, key, value = (x.detach() for x in inputs(torch.float16))
    _, weights = scaled_dot_product_attention(
        query, key, value, MASKS["a row that sees nothing"]
    )
    assert weights.isfinite().all()


def test_dropout_leaves_the_returned_weights_whole():
    torch.manual_seed(0)
    query, key, value = (x.detach() for x in inputs())
    whole, weights = scaled_dot_product_attention(query, key, value)
    dropped, same_weights = scaled_dot_product_attention(query, key, value, dropout=0.5)
    assert_close(weights, same_weights, atol=0, rtol=0)
    assert_close(weights.sum(-1), torch.ones(BATCH, HEADS, TARGET).double())
    assert not torch.equal(whole, dropped)


@pytest.mark.parametrize(
    "wrong", [torch.zeros(TARGET, SOURCE), torch.ones(TARGET, SOURCE, dtype=torch.long)]
)
def test_a_mask_that_is_not_boolean_is_refused(wrong):
    with pytest.raises(
        TypeError, match="mask must be boolean with True = may look, got torch"
    ):
        scaled_dot_product_attention(*inputs(), wrong)


@pytest.mark.parametrize(
    "shape", [(SOURCE, TARGET), (HEADS, TARGET, SOURCE + 1), (2, 2, 3, 5, 7)]
)
def test_a_mask_that_does_not_fit_is_refused(shape):
    with pytest.raises(
        ValueError, match=r"does not broadcast to the scores' \(2, 3, 5, 7\)"
    ):
        scaled_dot_product_attention(*inputs(), torch.ones(shape, dtype=torch.bool))


def test_causal_mask_is_torchs_turned_to_true_and_false():
    theirs = torch.nn.Transformer.generate_square_subsequent_mask(TARGET)
    assert torch.equal(causal_mask(TARGET), theirs == 0)


def test_padding_mask_spreads_over_heads_and_queries():
    ids = torch.tensor([[4, 5, 0], [6, 0, 0]])
    mask = padding_mask(ids, pad_id=0)
    assert mask.shape == (2, 1, 1, 3)
    assert mask.flatten(1).tolist() == [[True, True, False], [True, False, False]]


def test_heads_are_runs_of_features_and_merge_back():
    x = torch.randn(BATCH, TARGET, HEADS * D_K)
    heads = split_heads(x, HEADS)
    for head in range(HEADS):
        assert torch.equal(heads[:, head], x[:, :, head * D_K : (head + 1) * D_K])
    assert torch.equal(merge_heads(heads), x)


@pytest.mark.parametrize("pad_id", [0, 3, 7])
def test_padding_mask_asks_for_its_pad_id(pad_id):
    ids = torch.tensor([[0, 3, 7], [7, 7, 0]])
    expected = [[[[id != pad_id for id in row]]] for row in ids.tolist()]
    assert padding_mask(ids, pad_id).tolist() == expected


@pytest.mark.parametrize("low", [-1e5, -1e12, -1e30])
def test_a_masked_key_has_no_share_however_low_the_others_score(low):
    """A mask of -1e4 or -1e9 would win against such a score."""
    query, key = torch.tensor([[1.0]]), torch.tensor([[low], [0.0]])
    value = torch.tensor([[2.0], [5.0]])
    output, weights = scaled_dot_product_attention(
        query, key, value, torch.tensor([[True, False]])
    )
    assert weights.tolist() == [[1.0, 0.0]]
    assert output.item() == 2.0


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_every_precision_has_a_mask(dtype):
    """In float16 a mask of -1e9 is minus infinity, and an empty row is NaN."""
    rows = torch.randn(3, 4, dtype=dtype)
    mask = torch.tensor([[True, False, True], [False] * 3, [True] * 3])
    output, weights = scaled_dot_product_attention(rows, rows, rows, mask)
    assert output.isfinite().all()
    assert weights[1].tolist() == [0.0] * 3 and weights[0, 1] == 0
    torch.testing.assert_close(
        weights.sum(dim=-1), torch.tensor([1.0, 0.0, 1.0], dtype=dtype)
    )
