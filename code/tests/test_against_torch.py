"""The ladder of equality: our layers and torch's, with the same weights, give the same
numbers.
"""

import pytest
import torch
from torch.testing import assert_close

from tinydecoder import ModelConfig, MultiHeadAttention, causal_mask, padding_mask
from tinydecoder.torch_twin import copy_attention

BATCH, TARGET, SOURCE, D_MODEL, HEADS = 2, 5, 7, 12, 3
KINDS = ("self", "causal", "cross")


def with_same_weights(dtype, dropout=0.0):
    torch.manual_seed(0)
    ours = MultiHeadAttention(ModelConfig(D_MODEL, HEADS, dropout=dropout)).to(dtype)
    theirs = torch.nn.MultiheadAttention(
        D_MODEL, HEADS, dropout, batch_first=True, dtype=dtype
    )
    copy_attention(ours, theirs)
    return ours, theirs


def leaves(*shapes, dtype):
    generator = torch.Generator().manual_seed(1)
    return [
        torch.randn(shape, dtype=dtype, generator=generator).requires_grad_()
        for shape in shapes
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("padded", [False, True], ids=["unpadded", "padded"])
@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize(
    ("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.float64, 1e-10)]
)
def test_attention_equals_torchs(kind, padded, training, dtype, tolerance):
    ours, theirs = with_same_weights(dtype)
    ours.train(training), theirs.train(training)
    source_length = SOURCE if kind == "cross" else TARGET
    shapes = [(BATCH, TARGET, D_MODEL), (BATCH, source_length, D_MODEL)]
    x, memory = leaves(*shapes, dtype=dtype)
    their_x, their_memory = leaves(*shapes, dtype=dtype)

    ids = torch.ones(BATCH, source_length, dtype=torch.long)
    ids[1, 3:] = 0 if padded else 1
    may_look = padding_mask(ids, pad_id=0)  # (B, 1, 1, S)
    causal = causal_mask(TARGET)
    mask = may_look & causal if kind == "causal" else may_look
    output, weights = ours(x, memory if kind == "cross" else None, mask)

    source = their_memory if kind == "cross" else their_x
    expected, expected_weights = theirs(
        their_x,
        source,
        source,
        key_padding_mask=~may_look[:, 0, 0],  # torch's True is "blocked"
        attn_mask=~causal if kind == "causal" else None,
        average_attn_weights=False,
    )
    assert_close(output, expected, atol=tolerance, rtol=0)
    assert_close(weights, expected_weights, atol=tolerance, rtol=0)

    weighting = torch.randn(output.shape, dtype=dtype)
    (output * weighting).sum().backward()
    (expected * weighting).sum().backward()
    assert_close(x.grad, their_x.grad, atol=10 * tolerance, rtol=0)
    if kind == "cross":
        assert_close(memory.grad, their_memory.grad, atol=10 * tolerance, rtol=0)
    parts = [ours.query_projection, ours.key_projection, ours.value_projection]
    for attribute, fused in (
        ("weight", theirs.in_proj_weight),
        ("bias", theirs.in_proj_bias),
    ):
        gradient = torch.cat([getattr(part, attribute).grad for part in parts])
        assert_close(gradient, fused.grad, atol=10 * tolerance, rtol=0)
    for mine, yours in zip(
        ours.output_projection.parameters(), theirs.out_proj.parameters(), strict=True
    ):
        assert_close(mine.grad, yours.grad, atol=10 * tolerance, rtol=0)


def test_the_masks_have_opposite_polarity():
    """The same boolean tensor means opposite things: given to both, the outputs differ."""
    ours, theirs = with_same_weights(torch.float64)
    (x,) = leaves((BATCH, TARGET, D_MODEL), dtype=torch.float64)
    mask = causal_mask(TARGET)
    diagonal = torch.eye(
        TARGET, dtype=torch.bool
    )  # torch needs something open in each row
    unlike, _ = theirs(x, x, x, attn_mask=mask & ~diagonal)
    assert not torch.allclose(ours(x, mask=mask)[0], unlike)
    assert_close(ours(x, mask=~mask | diagonal)[0], unlike)


def test_dropout_is_for_training_only():
    ours, _ = with_same_weights(torch.float64, dropout=0.5)
    (x,) = leaves((BATCH, TARGET, D_MODEL), dtype=torch.float64)
    assert torch.equal(ours.eval()(x)[0], ours(x)[0])
    ours.train()
    assert not torch.equal(ours(x)[0], ours(x)[0])
