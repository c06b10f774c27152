"""Measurements that the check-up cannot take of a model, because the fault lies beside it: in
the loss, in what is shown, in what is written.

They take the package's names at the moment they run, so they examine whatever is installed then.
"""

import math
import unicodedata

import torch
from torch import Tensor, nn

from decoderbook.checkup.finding import Measured
from decoderbook.checkup.trial import Trial
from decoderbook.museum import right
from decoderbook.museum.exhibit import CONFIG
from tinydecoder import attention, embedding, generation, model, training
from tinydecoder.config import PAD, ModelConfig
from tinydecoder.functional import causal_mask
from tinydecoder.text.tokenizer import END, START

VOCAB_SIZE = 11
A, B, C = 4, 5, 6  # words
TARGETS = torch.tensor([[START, A, B, C, END], [START, C, A, END, PAD]])
UNUSED = torch.zeros(2, 3, dtype=torch.long)  # a source that nobody reads


class _Asked(nn.Module):
    """A model that writes down what it is given; its logits are all alike."""

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        self.read = target
        self.logits = torch.zeros(*target.shape, VOCAB_SIZE, requires_grad=True)
        return self.logits


def labels(_: Trial | None) -> Measured:
    """Places at which the loss asks for another token than the next, or where none is due.

    The gradient of a cross-entropy is below zero at one logit of a row: the label's. So one
    backward pass says what every row was asked for.
    """
    asked = _Asked()
    loss, _ = training.sum_of_losses(asked, UNUSED, TARGETS)
    loss.backward()
    gradient = asked.logits.grad
    assert gradient is not None
    wanted = torch.where((gradient < 0).any(-1), gradient.argmin(-1), PAD)
    due = TARGETS[:, 1:]
    if wanted.shape != due.shape:
        return Measured(math.inf, f"rows asked: {wanted.size(1)} of {due.size(1)}")
    real = due != PAD
    wrong_row = (asked.read != TARGETS[:, :-1]) & real
    wrong = (wanted != due) | wrong_row
    i, j = wrong.nonzero()[0].tolist() if wrong.any() else (0, 0)
    words = f"{int(wrong.sum())} of {due.numel()} rows"
    if wrong.any():
        words += (
            f": one reads {int(asked.read[i, j])} and is asked for {int(wanted[i, j])}"
            f", not for {int(due[i, j])} after {int(TARGETS[i, j])}"
        )
    return Measured(float(wrong.sum()), words)


def weighing(_: Trial | None) -> Measured:
    """How much more one token counts in the loss than another: 1 where all count alike."""
    asked = _Asked()
    loss, _ = training.sum_of_losses(asked, UNUSED, TARGETS)
    loss.backward()
    assert asked.logits.grad is not None
    pull = asked.logits.grad.abs().sum(-1)
    counted = pull[pull > 0]
    ratio = float(counted.max() / counted.min())
    return Measured(ratio, f"one token counts {ratio:.2f} times as much as another")


def shares(_: Trial | None) -> Measured:
    """How far a row of the weights that are handed out is from summing to one, in training."""
    torch.manual_seed(0)
    config = ModelConfig(d_model=24, n_heads=4, d_ff=40, dropout=0.5)
    layer = attention.MultiHeadAttention(config).train()
    rows = torch.randn(2, 6, config.d_model)
    with torch.no_grad():
        _, weights = layer(rows, mask=causal_mask(6))
    off = float((weights.sum(-1) - 1).abs().max())
    return Measured(
        off, f"largest weight {weights.max():.2f}, a row's sum is off by {off:.2g}"
    )


def own_weights(_: Trial | None) -> Measured:
    """Numbers that the layers of a decoder have, less n_layers times those of one layer."""
    config = ModelConfig(d_model=24, n_heads=4, d_ff=40, n_layers=3)
    one = _count(model.DecoderLayer(config))
    stack = _count(model.Decoder(config).layers)
    words = f"{config.n_layers} layers have {stack:,} weights, one has {one:,}"
    return Measured(float(config.n_layers * one - stack), words)


def _count(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def turning(_: Trial | None) -> Measured:
    """How much PE(p) · PE(p + 3) varies with p; a rotation by three steps keeps it."""
    positions = torch.arange(40)
    table = embedding.sinusoidal_positional_encoding(positions, 32, dtype=torch.float64)
    products = (table[:-3] * table[3:]).sum(-1)
    spread = float(products.max() - products.min())
    return Measured(spread, f"PE(p) · PE(p + 3) varies by {spread:.2g} over p")


def loudness(_: Trial | None) -> Measured:
    """How many times louder the position is than the token, or the token than the position."""
    torch.manual_seed(0)
    layer = model.Embedding(70, 512)
    ids = torch.arange(40)[None]
    with torch.no_grad():
        rows = layer(ids)
    place = embedding.sinusoidal_positional_encoding(ids[0], 512)
    token = (rows - place).square().mean().sqrt()
    position = place.square().mean().sqrt()
    ratio = float(torch.maximum(token / position, position / token))
    return Measured(
        ratio, f"token {token:.3f}, position {position:.3f} (root mean square)"
    )


def half(_: Trial | None) -> Measured:
    """Numbers that are none in the logits of a padded batch, in float16."""
    torch.manual_seed(0)
    subject = model.Transformer(CONFIG, VOCAB_SIZE, VOCAB_SIZE).eval().half()
    source = torch.tensor([[A, B, C], [A, PAD, PAD]])
    with torch.no_grad():
        logits = subject(source, TARGETS[:, :4])
    broken = int((~logits.isfinite()).sum())
    return Measured(
        float(broken), f"{broken} of {logits.numel()} logits are no numbers"
    )


def words_only(_: Trial | None) -> Measured:
    """PAD and START among what is written, where the logits favour the two."""
    torch.manual_seed(0)
    subject = model.Transformer(CONFIG, VOCAB_SIZE, VOCAB_SIZE)
    subject.output = _Favours(CONFIG.d_model, [PAD, START])
    written = generation.generate(subject, torch.tensor([[A, B, C, END]]), limit=8)
    ids = written[0].ids
    count = sum(i in (PAD, START) for i in ids)
    return Measured(float(count), f"{count} of {len(ids)} tokens are PAD or START")


class _Favours(nn.Module):
    """An output layer that likes some tokens best, whatever it reads."""

    def __init__(self, d_model: int, best: list[int]):
        super().__init__()
        self.linear = nn.Linear(d_model, VOCAB_SIZE)
        self.best = best

    def forward(self, hidden: Tensor) -> Tensor:
        logits = self.linear(hidden)
        logits[..., self.best] += 100.0
        return logits


def letters(_: Trial | None) -> Measured:
    """Letters of the alphabet that are of another script, and of this one that it lacks."""
    found = right.kannada_letters()
    foreign = sorted(
        c
        for c in found
        if "KANNADA" not in unicodedata.name(c, "") and c not in right.ZERO_WIDTH
    )
    needed = {
        chr(code) for code in (*range(0x0C85, 0x0C8C), *range(0x0CBE, 0x0CC4))
    } | right.ZERO_WIDTH
    missing = needed - found
    words = f"{len(foreign)} of another script, {len(missing)} missing"
    return Measured(float(len(foreign) + len(missing)), words)
