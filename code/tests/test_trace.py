import sys

import torch
from torch import nn

from tinydecoder import Embedding, ModelConfig, MultiHeadAttention, causal_mask, trace

BATCH, TARGET, SOURCE, D_MODEL, HEADS = 2, 5, 7, 12, 3
D_HEAD = D_MODEL // HEADS


def test_names_shapes_and_order_of_one_attention():
    attention = MultiHeadAttention(ModelConfig(D_MODEL, HEADS))
    x, memory = torch.randn(BATCH, TARGET, D_MODEL), torch.randn(BATCH, SOURCE, D_MODEL)
    steps = trace(attention, x, memory)
    assert [(name, step.shape) for name, step in steps.items()] == [
        ("x", (BATCH, TARGET, D_MODEL)),
        ("memory", (BATCH, SOURCE, D_MODEL)),
        ("source", (BATCH, SOURCE, D_MODEL)),
        ("query", (BATCH, TARGET, D_MODEL)),
        ("key", (BATCH, SOURCE, D_MODEL)),
        ("value", (BATCH, SOURCE, D_MODEL)),
        ("query_heads", (BATCH, HEADS, TARGET, D_HEAD)),
        ("key_heads", (BATCH, HEADS, SOURCE, D_HEAD)),
        ("value_heads", (BATCH, HEADS, SOURCE, D_HEAD)),
        ("scores", (BATCH, HEADS, TARGET, SOURCE)),
        ("weights", (BATCH, HEADS, TARGET, SOURCE)),
        ("heads", (BATCH, HEADS, TARGET, D_HEAD)),
        ("merged", (BATCH, TARGET, D_MODEL)),
        ("output", (BATCH, TARGET, D_MODEL)),
    ]


def test_values_are_those_of_the_pass():
    torch.manual_seed(0)
    attention = MultiHeadAttention(ModelConfig(D_MODEL, HEADS))
    x = torch.randn(BATCH, TARGET, D_MODEL)
    mask = causal_mask(TARGET)
    steps = trace(attention, x, mask=mask)
    output, weights = attention(x, mask=mask)
    assert torch.equal(steps["weights"].value, weights)
    assert torch.equal(steps["output"].value, output)
    assert torch.equal(steps["key"].value, attention.key_projection(x))


def test_modules_inside_a_model_give_their_path():
    class Pair(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding = Embedding(9, D_MODEL)
            self.attention = MultiHeadAttention(ModelConfig(D_MODEL, HEADS))

        def forward(self, ids):
            return self.attention(self.embedding(ids))

    steps = trace(Pair(), torch.zeros(BATCH, TARGET, dtype=torch.long))
    assert steps["embedding.encoding"].shape == (TARGET, D_MODEL)
    assert steps["attention.weights"].shape == (BATCH, HEADS, TARGET, TARGET)
    assert list(steps).index("embedding.ids") < list(steps).index("attention.x")


def test_shapes_without_numbers_and_nothing_left_behind():
    before = sys.getprofile()
    with torch.device("meta"):
        attention = MultiHeadAttention(ModelConfig(4096, 32))
        steps = trace(attention, torch.empty(64, 2048, 4096))
    assert steps["weights"].shape == (64, 32, 2048, 2048)
    assert sys.getprofile() is before
