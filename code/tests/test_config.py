import dataclasses

import jaxtyping
import pytest

from tinydecoder import ModelConfig, TrainConfig


@pytest.fixture
def as_readers_run_it():
    """Without the tests' check of annotations, which would come first."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


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
        ({"d_model": 10**40, "n_heads": 7}, r"as one of \[1, 2, 4, 5, 8.*\]\), got 7"),
        ({"d_model": "64"}, "d_model must be a whole number, got '64'"),
        ({"d_model": 64.0}, "d_model must be a whole number, got 64.0"),
        ({"n_layers": True}, "n_layers must be a whole number, got True"),
        ({"dropout": "0"}, "dropout must be a number, got '0'"),
        ({"dropout": float("nan")}, "got nan"),
        ({"norm": ["pre"]}, "norm must be a text"),
        ({"tie_weights": 1}, "tie_weights must be True or False, got 1"),
    ],
)
@pytest.mark.usefixtures("as_readers_run_it")
def test_a_wrong_size_is_named_with_what_would_be_right(wrong, says):
    with pytest.raises(ValueError, match=says):
        ModelConfig(**wrong)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"steps": 9.0}, "steps must be a whole number, got 9.0"),
        ({"learning_rate": float("nan")}, "above 0 and finite, got nan"),
        ({"learning_rate": float("inf")}, "above 0 and finite, got inf"),
        ({"weight_decay": float("inf")}, "at least 0 and finite, got inf"),
        ({"betas": 0.9}, "betas must be two numbers, got 0.9"),
        ({"betas": (0.9,)}, "betas must be two numbers"),
        ({"betas": (0.9, 1.0)}, "betas must both be"),
        ({"seed": 2**64}, r"seed must be from -2\*\*63 to 2\*\*64 - 1, got"),
        ({"seed": None}, "seed must be a whole number, got None"),
    ],
)
@pytest.mark.usefixtures("as_readers_run_it")
def test_a_wrong_setting_is_named_with_what_would_be_right(wrong, says):
    with pytest.raises(ValueError, match=says):
        TrainConfig(**wrong)


def test_a_config_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        ModelConfig().d_model = 128
