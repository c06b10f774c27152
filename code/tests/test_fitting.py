"""The training loop without text: AdamW by hand, step by step."""

import copy

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from tinydecoder import TrainConfig
from tinydecoder.other_inputs.fitting import fit
from tinydecoder.training import learning_rate

CONFIG = TrainConfig(
    steps=6,
    learning_rate=0.1,
    warmup_steps=2,
    clip_norm=1.0,
    betas=(0.5, 0.8),
    weight_decay=0.3,
)
SCALES = (9.0, 0.2, 4.0, 0.1, 20.0, 0.3)  # of each step's loss: some gradients are long


def model_and_loss():
    torch.manual_seed(0)
    model = nn.Linear(3, 2).double()
    x, y = torch.randn(6, 5, 3).double(), torch.randn(6, 5, 2).double()
    return model, lambda net, i: SCALES[i] * (net(x[i]) - y[i]).square().mean()


def test_the_steps_are_those_of_adamw_by_hand():
    """Loshchilov and Hutter 2019, algorithm 2, on gradients cut to clip_norm."""
    model, loss = model_and_loss()
    by_hand = copy.deepcopy(model)
    losses = fit(model, lambda step: loss(model, step), CONFIG)

    weights, (first, second) = list(by_hand.parameters()), CONFIG.betas
    means = [torch.zeros_like(p) for p in weights]
    squares = [torch.zeros_like(p) for p in weights]
    expected, clipped = [], []
    for step in range(CONFIG.steps):
        value = loss(by_hand, step)
        expected.append(value.item())
        gradients = torch.autograd.grad(value, weights)
        norm = torch.cat([g.flatten() for g in gradients]).norm().item()
        clipped.append(norm > CONFIG.clip_norm)
        rate = learning_rate(step, CONFIG)
        for p, g, m, v in zip(weights, gradients, means, squares, strict=True):
            g = g * min(1.0, CONFIG.clip_norm / (norm + 1e-6))
            m.copy_(first * m + (1 - first) * g)
            v.copy_(second * v + (1 - second) * g**2)
            m_hat = m / (1 - first ** (step + 1))
            v_hat = v / (1 - second ** (step + 1))
            change = m_hat / (v_hat.sqrt() + 1e-8) + CONFIG.weight_decay * p
            p.data -= rate * change.detach()
    assert set(clipped) == {True, False}, "the clip bites in some steps, not in all"
    assert losses == pytest.approx(expected)
    for found, wanted in zip(model.parameters(), weights, strict=True):
        assert_close(found, wanted)


def test_it_trains_in_training_mode_and_comes_back_in_evaluation_mode():
    model, loss = model_and_loss()
    modes = []

    def loss_of(step):
        modes.append(model.training)
        return loss(model, step)

    fit(model.eval(), loss_of, CONFIG)
    assert modes == [True] * CONFIG.steps and not model.training


def test_a_gradient_that_is_no_number_stops_the_training():
    model, loss = model_and_loss()
    with pytest.raises(RuntimeError, match="non-finite"):
        fit(model, lambda step: loss(model, step) * float("inf"), CONFIG)
