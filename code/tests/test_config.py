import dataclasses

import pytest

from tinydecoder import ModelConfig


def test_a_head_gets_its_share_of_the_features():
    assert ModelConfig(d_model=12, n_heads=3).d_head == 4
    assert ModelConfig.base().d_head == 64


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"d_model": 7}, "even number of at least 2, got 7"),
        ({"d_model": 0}, "got 0"),
        ({"d_model": 12, "n_heads": 5}, r"one of \[1, 2, 3, 4, 6, 12\]\), got 5"),
        ({"n_heads": 0}, "got 0"),
        ({"d_ff": 0}, "d_ff must be at least 1, got 0"),
        ({"n_layers": 0}, "n_layers must be at least 1, got 0"),
        ({"norm": "middle"}, "norm must be .*, got 'middle'"),
        ({"dropout": 1.0}, "below 1, got 1.0"),
        ({"dropout": -0.1}, "got -0.1"),
    ],
)
def test_a_wrong_size_is_named_with_what_would_be_right(wrong, says):
    with pytest.raises(ValueError, match=says):
        ModelConfig(**wrong)


def test_a_config_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ModelConfig().d_model = 128
