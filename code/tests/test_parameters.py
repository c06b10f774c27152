"""Parameters are counted once, and each in its part and its place."""

import pytest
import torch
from torch import nn

from tinydecoder.config import ModelConfig
from tinydecoder.model import Transformer
from tinydecoder.parameters import decoder_parameters, parameters_in


def built(norm: str) -> Transformer:
    with torch.device("meta"):
        return Transformer(ModelConfig(24, 3, 40, 2, norm=norm), 7, 11)


def test_a_shared_parameter_counts_once() -> None:
    layer = nn.Linear(3, 5)
    assert parameters_in(layer) == 3 * 5 + 5
    assert parameters_in(nn.ModuleList([layer, layer])) == 20
    assert parameters_in(nn.ModuleList([layer, nn.Linear(3, 5)])) == 40


@pytest.mark.parametrize(("norm", "ends"), [("post", []), ("pre", [("last norm", 48)])])
def test_each_parameter_of_the_target_side_is_in_its_place(
    norm: str, ends: list[tuple[str, int]]
) -> None:
    parts, places = decoder_parameters(built(norm))
    assert places[1:] == ["layer 0", "layer 1", *(name for name, _ in ends)]
    attention = 4 * (24 * 24 + 24)
    last = [number for _, number in ends]
    none = [0] * len(ends)
    assert parts == {
        "embedding": [11 * 24, 0, 0, *none],
        "self_attention": [0, attention, attention, *none],
        "cross_attention": [0, attention, attention, *none],
        "feed_forward": [0, 1984, 1984, *none],
        "norm": [0, 144, 144, *last],
    }


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_nothing_is_left_out(norm: str) -> None:
    model = built(norm)
    counted = sum(map(sum, decoder_parameters(model)[0].values()))
    sides = (model.decoder, model.target_embedding)
    assert counted == sum(map(parameters_in, sides))


@pytest.mark.parametrize("tied", [True, False])
def test_an_output_layer_of_its_own_is_counted(tied):
    config = ModelConfig(8, 2, d_ff=12, n_layers=2, tie_weights=tied)
    model = Transformer(config, source_vocab_size=5, target_vocab_size=11)
    parts, places = decoder_parameters(model)
    sides = model.decoder, model.target_embedding, model.output
    once = {id(p): p.numel() for side in sides for p in side.parameters()}
    assert sum(map(sum, parts.values())) == sum(once.values())
    assert ("output layer" in places) == (not tied)
