import sys

import pytest
import torch
from torch import nn

from decoderbook.figures import (
    attention_shapes,
    decoder_flow,
    decoder_shapes,
    shape_flow,
)
from tinydecoder import (
    Embedding,
    ModelConfig,
    MultiHeadAttention,
    Transformer,
    causal_mask,
    trace,
)
from tinydecoder.tracing import TRACED

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


SIZES = {"B": 2, "T": 5, "S": 7, "d_model": 12, "n_heads": 3, "d_head": 4, "d_ff": 10}


@pytest.fixture(scope="module")
def traced():
    """A whole model with every axis of another size, and its trace."""
    config = ModelConfig(D_MODEL, HEADS, SIZES["d_ff"], n_layers=2)
    model = Transformer(config, 13, 17)
    ids = (torch.ones(BATCH, length, dtype=torch.long) for length in (SOURCE, TARGET))
    return model, trace(model, *ids)


@pytest.mark.parametrize("kind", TRACED)
def test_the_code_has_every_variable_of_the_contract(traced, kind):
    model, steps = traced
    paths = [p for p, m in model.named_modules() if type(m).__name__ == kind]
    assert paths
    for path in paths:
        inside = path.removeprefix("encoder").removeprefix("decoder")
        sizes = dict(SIZES)
        if path.startswith("encoder"):
            sizes["T"] = SOURCE
        elif "self_attention" in inside:
            sizes["S"] = TARGET
        for name, axes in TRACED[kind].items():
            step = steps[f"{path}.{name}" if path else name]
            assert step.shape == tuple(sizes[axis] for axis in axes.split()), step.name


def test_figures_draw_only_what_the_contract_has():
    drawn = {name: box[4] for name, box in attention_shapes.BOXES.items()}
    assert drawn == TRACED["MultiHeadAttention"]
    places = {
        **TRACED["Transformer"],
        **{f"decoder.{name}": axes for name, axes in TRACED["Decoder"].items()},
        **TRACED["DecoderLayer"],
        "self_attention.weights": "B n_heads T T",  # its source is the target
        "cross_attention.weights": TRACED["MultiHeadAttention"]["weights"],
        "feed_forward.expanded": TRACED["FeedForward"]["expanded"],
        "logits": "B T vocab_size",  # not a variable: what the call returns
    }
    parts = (decoder_shapes.BEFORE, decoder_shapes.IN_A_LAYER, decoder_shapes.AFTER)
    for name, box in [item for boxes in parts for item in boxes.items()]:
        assert places[name] == box[4]


def test_a_figure_says_which_variable_the_trace_lacks(traced):
    _, steps = traced
    shapes = {name: step.shape for name, step in steps.items()} | {"logits": (2, 5, 17)}
    path = "decoder.layers.1.self_attention."
    inside = {n.removeprefix(path): s for n, s in shapes.items() if n.startswith(path)}
    for draw, found, name in (
        (decoder_flow, shapes, "decoder.layers.0.informed"),
        (shape_flow, inside, "merged"),
    ):
        draw(found)
        without = {key: shape for key, shape in found.items() if key != name}
        with pytest.raises(ValueError, match=f"the trace has no variable '{name}'"):
            draw(without)
