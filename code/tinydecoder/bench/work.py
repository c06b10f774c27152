"""The work that `bench` gives to each model: training steps, writing, forward passes."""

from collections.abc import Callable, Sequence
from functools import partial

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW

from tinydecoder.attention import MultiHeadAttention
from tinydecoder.bench.measure import Timing, Work, in_turns, step_flops
from tinydecoder.bench.rivals import TutorialModel
from tinydecoder.config import ModelConfig
from tinydecoder.functional import causal_mask
from tinydecoder.generation import generate
from tinydecoder.model import Transformer
from tinydecoder.text.tokenizer import END, PAD, START
from tinydecoder.torch_twin import torch_model
from tinydecoder.training import sum_of_losses

FIXED = 64  # tokens to which the last kind of model has its batches padded
OURS, TORCH, TUTORIAL = "tinydecoder", "nn.Transformer", "tutorial"
PADDED = f"tutorial, padded to {FIXED}"
KINDS: dict[str, Callable[[Transformer], nn.Module]] = {
    OURS: lambda ours: ours,
    TORCH: torch_model,
    TUTORIAL: TutorialModel,
    PADDED: TutorialModel,
}
CACHED, DECODER, WHOLE = "cache", "decoder again", "whole model again"
WAYS = (CACHED, DECODER, WHOLE)

Ids = Int[Tensor, "B T"]
Batch = tuple[Tensor, Tensor]


class Trainer:
    """A model and its optimizer; each call trains on the same block of batches.

    The same, because a round that was disturbed must be measured again.
    """

    def __init__(self, model: nn.Module, block: Sequence[Batch]):
        self.model = model.train()
        self.block = block
        self.optimizer = AdamW(model.parameters(), lr=1e-4, fused=True)

    def __call__(self) -> None:
        for source, target in self.block:
            self.optimizer.zero_grad()
            loss, n_tokens = sum_of_losses(self.model, source, target)
            (loss / n_tokens).backward()
            clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()


def trainers(
    ours: Transformer, kinds: Sequence[str], block: Sequence[Batch]
) -> dict[str, Trainer]:
    """Each kind with weights of its own, the same at the start."""
    padded = [pad_to_fixed(batch) for batch in block]
    return {
        kind: Trainer(KINDS[kind](ours), padded if kind == PADDED else block)
        for kind in kinds
    }


def count_targets(block: Sequence[Batch]) -> int:
    """Tokens to predict: all but padding and each sentence's first, which is given."""
    return sum(int((target[:, 1:] != PAD).sum()) for _, target in block)


def count_operations(
    config: ModelConfig, vocab_size: int, block: Sequence[Batch]
) -> int:
    """Of a block's training steps; see `measure.step_flops`."""
    return sum(
        step_flops(config, vocab_size, *source.shape, target.size(1) - 1)
        for source, target in block
    )


def new_model(config: ModelConfig, vocab_sizes: tuple[int, int]) -> Transformer:
    """The same weights every time, drawn at random."""
    torch.manual_seed(0)
    return Transformer(config, *vocab_sizes)


def pad_to_fixed(batch: Batch) -> Batch:
    """Source and target input of FIXED tokens each; the target has one more, a label."""
    source, target = batch
    longer = F.pad(source, (0, FIXED - source.size(1)), value=PAD)
    return longer, F.pad(target, (0, FIXED + 1 - target.size(1)), value=PAD)


def write(way: str, model: Transformer, source: Ids, length: int) -> list[list[int]]:
    """The ids of a greedy target of just this length for each source."""
    if way == WHOLE:
        return _write_without_memory(model, source, length)
    found = generate(model, source, _best_but_end, length, use_cache=way == CACHED)
    return [list(one.ids) for one in found]


def writers(model: Transformer, source: Ids, length: int) -> dict[str, Work]:
    """The work of each way; each returns the ids that it writes."""
    return {way: partial(write, way, model, source, length) for way in WAYS}


def write_in_turns(model: Transformer, source: Ids, length: int, rounds: int) -> Timing:
    """The timing of each way; RuntimeError if they do not write the same."""
    written: dict[str, list[list[int]]] = {}

    def noted(way: str, work: Work) -> Work:
        return lambda: written.update({way: work()})

    works = {
        way: noted(way, work) for way, work in writers(model, source, length).items()
    }
    text = f"decoding, {length} × {len(source)}"
    timing = in_turns(works, rounds, text)
    if not written[CACHED] == written[DECODER] == written[WHOLE]:
        raise RuntimeError(
            f"the ways to write {len(source)} targets of {length} tokens do not agree"
        )
    return timing


@torch.inference_mode()
def _write_without_memory(
    model: Transformer, source: Ids, length: int
) -> list[list[int]]:
    """As many tutorials do: for each token the encoder too, and nothing is kept."""
    target = torch.full_like(source[:, :1], START)
    for _ in range(length):
        best = _best_but_end(model(source, target)[:, -1])
        target = torch.cat([target, best[:, None]], dim=1)
    return target[:, 1:].tolist()


def _best_but_end(logits: Float[Tensor, "B vocab_size"]) -> Int[Tensor, " B"]:
    first = END + 1  # PAD, START and END come before all others
    return logits[:, first:].argmax(dim=-1) + first


def forward_passes(
    config: ModelConfig, vocab_sizes: tuple[int, int], batch: int, length: int
) -> dict[str, Callable[[], object]]:
    """As in training: the whole model, and one causal self-attention alone."""
    model = new_model(config, vocab_sizes).train()
    source, target = (
        torch.randint(END + 1, size, (batch, length)) for size in vocab_sizes
    )
    attention = MultiHeadAttention(config)
    rows, mask = torch.randn(batch, length, config.d_model), causal_mask(length)
    return {
        "forward pass of the whole model": partial(model, source, target),
        "one self-attention": partial(attention, rows, mask=mask),
    }


def ready_to_train(
    kind: str,
    config: ModelConfig,
    vocab_sizes: tuple[int, int],
    batch: tuple[list, list],
    threads: int,
) -> Callable[[], object]:
    """One training step of a new model, to be measured in a process of its own.

    The batch comes as lists, so that no memory is shared with another process.
    """
    torch.set_num_threads(threads)

    def trainer(config: ModelConfig) -> Trainer:
        source, target = map(torch.tensor, batch)
        both = pad_to_fixed((source, target)) if kind == PADDED else (source, target)
        return Trainer(KINDS[kind](new_model(config, vocab_sizes)), [both])

    trainer(_SMALL)()  # loads the code of torch, which is no one's cost
    return trainer(config)


def ready_to_write(
    way: str,
    config: ModelConfig,
    vocab_sizes: tuple[int, int],
    source: list[list[int]],
    length: int,
    threads: int,
) -> Callable[[], object]:
    """One batch of targets by a new model, to be measured in a process of its own."""
    torch.set_num_threads(threads)
    ids = torch.tensor(source)
    write(way, new_model(_SMALL, vocab_sizes).eval(), ids, 2)
    return partial(write, way, new_model(config, vocab_sizes).eval(), ids, length)


_SMALL = ModelConfig(8, 1, 8, 1)
