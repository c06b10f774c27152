"""The panels of the picture, read from a model and its trace: the whole, and a decoder layer."""

import itertools
from dataclasses import replace

import torch
from jaxtyping import Int
from torch import Tensor, nn

from decoderbook.diagram.attention_levels import attention_panel, head_panel
from decoderbook.diagram.parts import ADD, DATA, STACK, Arrow, Box, Panel, Shape, Traced
from tinydecoder.checkpoint import load_pretrained
from tinydecoder.corpus.samples import SAMPLES
from tinydecoder.model import Transformer, evaluating
from tinydecoder.text.tokenizer import START
from tinydecoder.tracing import trace
from tinydecoder.translation import translate

SENTENCE = "I am going to school"
SPOKEN = " ".join(SAMPLES[SENTENCE].transliteration)  # its translation
LAYER = "decoder.layers.0"


def blow_up(
    model: Transformer, source_ids: Int[Tensor, "B S"], target_ids: Int[Tensor, "B T"]
) -> tuple[Panel, ...]:
    """The whole, a decoder layer, its cross-attention, and one head of it.

    Every shape is that of a tensor of one forward pass of this model with these ids.
    Raises ValueError where the ids are no two batches of as many sentences.
    """
    if source_ids.ndim != 2 or target_ids.ndim != 2:
        raise ValueError(
            f"ids must be (B, S) and (B, T), got {tuple(source_ids.shape)} and "
            f"{tuple(target_ids.shape)}"
        )
    if len(source_ids) != len(target_ids):
        raise ValueError(
            f"as many sources as targets, got {len(source_ids)} and {len(target_ids)}"
        )
    with torch.no_grad(), evaluating(model):
        traced = Traced(model, trace(model, source_ids, target_ids))
    levels = whole_panel, layer_panel, attention_panel, head_panel
    return tuple(level(model, traced) for level in levels)


def course_panels() -> tuple[Panel, ...]:
    """The panels of the model that comes with the course, at the course's sentence."""
    translator = load_pretrained()
    source_ids = translator.source_ids([SENTENCE])
    (translation,) = translate(translator, [SENTENCE])
    return blow_up(
        translator.model,
        source_ids,
        torch.tensor([[START, *translation.generation.ids]]),
    )


def chain(*keys: str) -> tuple[Arrow, ...]:
    """An arrow from each box to the next."""
    return tuple(Arrow(start, end) for start, end in itertools.pairwise(keys))


def _side(model: Transformer, traced: Traced, side: str, top: int) -> list[Box]:
    # One of the two stacks, from its ids to its last norm.
    stack, length, language, column = {
        "source": ("encoder", "S", "English", 0),
        "target": ("decoder", "T", "Kannada", 1),
    }[side]
    axes = f"B {length} d_model"
    embedded, positioned = f"{side}_embedding.rows", f"{stack}.layers.0.x"
    rows = traced.shape(positioned, axes)
    layers = len(getattr(model, stack).layers)
    inside = "layer" if stack == "decoder" else ""
    boxes = [
        Box(
            f"{side}_ids",
            f"{language} ids",
            side,
            column,
            top,
            traced.shape(f"{side}_ids"),
            kind=DATA,
        ),
        Box(
            embedded,
            "Token embedding",
            side,
            column,
            top + 1,
            traced.shape(embedded, axes),
        ),
        Box(positioned, "+ position", side, column, top + 2, rows),
        Box(
            f"{stack}.layers",
            f"{stack.capitalize()} layer × {layers}",
            side,
            column,
            top + 3,
            rows,
            kind=STACK,
            inside=inside,
        ),
    ]
    if isinstance(getattr(model, stack).norm, nn.LayerNorm):
        boxes.append(Box(f"{stack}.norm", "Layer norm", side, column, top + 4, rows))
    return boxes


def whole_panel(model: Transformer, traced: Traced) -> Panel:
    """From two sentences as ids to the next token."""
    source = _side(model, traced, "source", 0)
    last = len(source)  # memory stands beside the decoder's layers
    target = _side(model, traced, "target", last - 3)
    hidden = traced.shape("hidden")
    logits = Shape(
        (*hidden.axes[:-1], "vocab_size"),
        (*hidden.sizes[:-1], model.output.out_features),
    )
    chosen = Shape(hidden.axes[:1], hidden.sizes[:1])
    end = last - 3 + len(target)
    boxes = [
        *source,
        Box("memory", "Memory", "source", 0, last, traced.shape("memory"), kind=DATA),
        *target,
        Box("logits", "Output layer", "target", 1, end, logits),
        Box("next", "Next token", "result", 1, end + 1, chosen, kind=DATA),
    ]
    arrows = (
        *chain(*(box.key for box in source), "memory"),
        *chain(*(box.key for box in target), "logits", "next"),
        Arrow("memory", "decoder.layers", "across"),
    )
    return Panel("whole", "The whole", 2, end + 2, tuple(boxes), arrows)


def layer_panel(model: Transformer, traced: Traced) -> Panel:
    """The three sublayers with their residuals, and the norms where this model has them."""
    layer = model.decoder.layers[0]
    # The layer's result has no name of its own: it is the next layer's x, or the last sum.
    after = "decoder.layers.1.x" if len(model.decoder.layers) > 1 else "decoder.x"
    inner = traced.shape(f"{LAYER}.feed_forward.expanded")
    steps = [
        (
            "self_attention",
            "Masked self-attention",
            traced.shape(f"{LAYER}.attended"),
            "",
            "",
        ),
        (
            "cross_attention",
            "Cross-attention",
            traced.shape(f"{LAYER}.informed"),
            "attention",
            "",
        ),
        (
            "feed_forward",
            "Feed-forward",
            traced.shape(after, "B T d_model"),
            "",
            f"inside {inner.axes[-1]} = {inner.sizes[-1]}",
        ),
    ]
    boxes = [Box("x", "x", "target", 0, 0, traced.shape(f"{LAYER}.x"), kind=DATA)]
    arrows: list[Arrow] = []
    for number, (key, label, result, inside, note) in enumerate(steps, start=1):
        start = boxes[-1].key
        norm = Box(f"norm_{number}", "Layer norm", "plain", 0, 0)
        step = Box(key, label, "target", 0, 0, inside=inside, note=note)
        add = Box(f"add_{number}", "+", "plain", 0, 0, kind=ADD)
        pre = getattr(layer, f"residual_{number}").pre_norm
        *inner_boxes, last = (norm, step, add) if pre else (step, add, norm)
        for box in (*inner_boxes, replace(last, shape=result)):
            boxes.append(replace(box, row=len(boxes)))
        arrows += chain(start, *(box.key for box in boxes[-3:]))
        arrows.append(Arrow(start, add.key, "skip"))
    rows = len(boxes)
    (across,) = (box.row for box in boxes if box.key == "cross_attention")
    memory = traced.shape(f"{LAYER}.memory", "B S d_model")
    boxes.append(Box("layer_memory", "Memory", "source", -1, across, memory, kind=DATA))
    arrows.append(Arrow("layer_memory", "cross_attention", "across"))
    return Panel("layer", "A decoder layer", 1, rows, tuple(boxes), tuple(arrows))
