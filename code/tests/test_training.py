"""The loss by hand, the schedule by hand, and what a training run must do."""

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from tiny_training import CONFIG, tiny_examples, tiny_model, weights
from torch.testing import assert_close

from tinydecoder.batches import Example, collate
from tinydecoder.config import TrainConfig
from tinydecoder.text.tokenizer import END, START
from tinydecoder.training import learning_rate, sum_of_losses, train


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"steps": 0}, "steps must be at least 1, got 0"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"checkpoint_every": -1}, "checkpoint_every must be at least 0, got -1"),
        ({"steps": 9, "warmup_steps": 9}, "below steps = 9, got 9"),
        ({"warmup_steps": -1}, "warmup_steps must be at least 0 .* got -1"),
        ({"learning_rate": 0.0}, r"learning_rate must be above 0 and finite, got 0\.0"),
        ({"learning_rate": math.nan}, "got nan"),
        ({"clip_norm": -1.0}, r"clip_norm must be above 0 and finite, got -1\.0"),
        ({"label_smoothing": 1.0}, r"label_smoothing .* below 1, got 1\.0"),
        ({"betas": (0.9, 1.0)}, r"betas .* below 1, got \(0\.9, 1\.0\)"),
        (
            {"weight_decay": -0.1},
            r"weight_decay must be at least 0 and finite, got -0\.1",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(wrong, says):
    with pytest.raises(ValueError, match=says):
        TrainConfig(**wrong)


def test_the_learning_rate_rises_in_a_line_and_falls_in_a_cosine():
    config = TrainConfig(steps=12, warmup_steps=4, learning_rate=1.0)
    found = [learning_rate(step, config) for step in range(13)]
    assert found[:5] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    half = math.sqrt(0.5)
    assert found[6] == pytest.approx((1 + half) / 2)
    assert found[8] == pytest.approx(0.5)
    assert found[10] == pytest.approx((1 - half) / 2)
    assert found[12] == pytest.approx(0.0)
    straight = TrainConfig(steps=2, warmup_steps=0, learning_rate=1.0)
    assert [learning_rate(step, straight) for step in range(2)] == [1.0, 0.5]


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_is_the_mean_cross_entropy_of_the_next_tokens(smoothing):
    model = tiny_model().eval()
    source, target = torch.tensor([[4, 5, END]]), torch.tensor([[START, 6, 7, END]])
    loss, n_tokens = sum_of_losses(model, source, target, smoothing)
    logits = model(source, torch.tensor([[START, 6, 7]]))[0]
    labels = torch.tensor([6, 7, END])
    by_torch = F.cross_entropy(logits, labels, label_smoothing=smoothing)
    assert n_tokens == 3
    assert_close(loss / n_tokens, by_torch)
    log_p = logits.log_softmax(-1)
    nll = -log_p[[0, 1, 2], labels].sum()
    assert_close(loss, (1 - smoothing) * nll - smoothing * log_p.mean(-1).sum())


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_padding_does_not_change_the_loss(smoothing):
    model, data = tiny_model().eval(), tiny_examples(9)
    together, n_tokens = sum_of_losses(model, *collate(data), smoothing)
    alone = [sum_of_losses(model, *collate([e]), smoothing) for e in data]
    assert n_tokens == sum(n for _, n in alone) == sum(len(e.target) - 1 for e in data)
    assert_close(together, sum(loss for loss, _ in alone))


def test_a_model_learns_a_few_pairs_by_heart(capsys):
    model, data = tiny_model().float(), tiny_examples(8)
    config = TrainConfig(
        150, 8, learning_rate=3e-2, warmup_steps=10, label_smoothing=0.0
    )
    steps = []
    history = train(
        model, data, config, progress=False, on_step=lambda *step: steps.append(step)
    )
    assert history.loss[0] > 2.0 and history.loss[-1] < 0.1
    assert steps == list(enumerate(history.loss))
    assert history.learning_rate == [learning_rate(i, config) for i in range(150)]
    assert set(history.tokens) == {sum(len(e.target) - 1 for e in data)}
    assert all(norm > 0.0 for norm in history.gradient_norm)
    assert not model.training and capsys.readouterr().err == ""
    source, target = collate(data)
    guesses = model(source, target[:, :-1]).argmax(-1)
    labels = target[:, 1:]
    assert torch.equal(guesses[labels != 0], labels[labels != 0])


def test_the_same_seed_gives_the_same_bits_and_another_seed_others():
    def run(seed):
        model = tiny_model(dropout=0.2)
        config = replace(CONFIG, seed=seed)
        return train(model, tiny_examples(), config, progress=False), weights(model)

    (history, found), (again, same), (other, _) = run(3), run(3), run(4)
    assert history == again and all(torch.equal(found[n], same[n]) for n in found)
    assert history.loss != other.loss


def test_a_step_is_one_of_adamw_on_the_clipped_gradient():
    """The first step, written out: AdamW begins with the sign of the gradient."""
    config = replace(CONFIG, steps=1, warmup_steps=0, batch_size=32)
    model, data = tiny_model(), tiny_examples()
    loss, n_tokens = sum_of_losses(model, *collate(data), config.label_smoothing)
    (loss / n_tokens).backward()
    gradients = [p.grad for p in model.parameters()]
    norm = torch.stack([g.square().sum() for g in gradients]).sum().sqrt()
    assert norm > config.clip_norm
    expected = {}
    for (name, p), gradient in zip(model.named_parameters(), gradients, strict=True):
        g = gradient * config.clip_norm / (norm + 1e-6)
        decayed = p * (1 - config.learning_rate * config.weight_decay)
        expected[name] = decayed - config.learning_rate * g / (g.abs() + 1e-8)
    trained = tiny_model()
    history = train(trained, data, config, progress=False)
    assert history.loss == pytest.approx([loss.item() / n_tokens.item()])
    assert history.gradient_norm == pytest.approx([norm.item()])
    for name, found in weights(trained).items():
        assert_close(found, expected[name].detach())


def test_the_products_may_be_in_bfloat16():
    """What a GPU does, here by autocast on the CPU."""
    model, batch = tiny_model().float(), collate(tiny_examples(9))
    exact, _ = sum_of_losses(model, *batch)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss, _ = sum_of_losses(model, *batch)
    loss.backward()
    assert_close(loss.float(), exact, rtol=0.02, atol=0.0)
    assert all(p.grad.dtype == torch.float32 for p in model.parameters())


def test_a_bar_shows_the_loss_on_stderr(capsys):
    history = train(tiny_model(), tiny_examples(), CONFIG)
    captured = capsys.readouterr()
    assert "12/12" in captured.err and captured.out == ""
    assert f"loss={history.loss[-1]:.3f}" in captured.err


def test_a_gradient_that_is_no_number_ends_the_run():
    model = tiny_model()
    with torch.no_grad():
        model.output.weight[5] = math.inf
    with pytest.raises(RuntimeError, match="non-finite"):
        train(model, tiny_examples(), CONFIG, progress=False)


def test_no_examples_are_refused():
    with pytest.raises(ValueError, match="at least one example"):
        train(tiny_model(), list[Example](), CONFIG, progress=False)
