"""The panels inside a decoder layer: its cross-attention, and one head of that."""

from decoderbook.diagram.parts import DATA, STACK, Arrow, Box, Panel, Shape, Traced
from tinydecoder.model import Transformer

CROSS = "decoder.layers.0.cross_attention"
PROJECTED = ("query", "key", "value")


def attention_panel(model: Transformer, traced: Traced) -> Panel:
    """The cross-attention: projections, heads, and back to rows."""
    heads = model.config.n_heads

    def shape(name: str) -> Shape:
        return traced.shape(f"{CROSS}.{name}")

    boxes = [
        Box("attention_x", "x", "target", 0, 0, shape("x"), kind=DATA),
        Box(
            "attention_source",
            "Memory",
            "source",
            1,
            0,
            shape("source"),
            span=2,
            kind=DATA,
        ),
    ]
    for column, name in enumerate(PROJECTED):
        label, own = f"{name.capitalize()}: × W_{name[0].upper()}", f"{name}_heads"
        boxes.append(Box(name, label, name, column, 1, shape(name)))
        boxes.append(Box(own, "split heads", name, column, 2, shape(own)))
    each = f"Attention in each of {heads} heads" if heads > 1 else "Attention in 1 head"
    boxes += [
        Box(
            "heads",
            each,
            "weights",
            0,
            3,
            shape("heads"),
            span=3,
            kind=STACK,
            inside="head",
        ),
        Box("merged", "merge heads", "result", 0, 4, shape("merged"), span=3),
        Box("output", "Output projection", "result", 0, 5, shape("output"), span=3),
    ]
    arrows = [
        Arrow("attention_x", "query"),
        Arrow("attention_source", "key"),
        Arrow("attention_source", "value"),
        *(Arrow(name, f"{name}_heads") for name in PROJECTED),
        *(Arrow(f"{name}_heads", "heads") for name in PROJECTED),
        Arrow("heads", "merged"),
        Arrow("merged", "output"),
    ]
    return Panel("attention", "Its cross-attention", 3, 6, tuple(boxes), tuple(arrows))


def head_panel(model: Transformer, traced: Traced) -> Panel:
    """One head: scores, mask, softmax, mixture."""

    def shape(name: str, axes: str = "") -> Shape:
        whole = traced.shape(f"{CROSS}.{name}", axes)  # without the axis of the heads
        axis = whole.axes.index("h")
        rest = [(*of[:axis], *of[axis + 1 :]) for of in (whole.axes, whole.sizes)]
        return Shape(*rest)

    scores = shape("scores")
    steps = [
        ("products", "q · kᵀ", "weights", scores),
        ("scores", f"÷ √d_k = √{model.config.d_head}", "weights", scores),
        ("weights", "softmax", "weights", shape("weights")),
    ]
    if f"{CROSS}.masked_scores" in traced:
        masked = shape("masked_scores", "B n_heads T S")
        steps.insert(2, ("masked_scores", "mask padding", "blocked", masked))
    boxes = [
        Box("q", "q", "query", 0, 0, shape("query_heads"), kind=DATA),
        Box("k", "k", "key", 1, 0, shape("key_heads"), kind=DATA),
        Box("v", "v", "value", 2, 0, shape("value_heads"), kind=DATA),
    ]
    arrows = [Arrow("q", "products"), Arrow("k", "products"), Arrow("v", "head")]
    for row, (key, label, role, result) in enumerate(steps, start=1):
        boxes.append(Box(key, label, role, 0, row, result, span=2))
        if row > 1:
            arrows.append(Arrow(steps[row - 2][0], key))
    end = len(steps) + 1
    boxes.append(Box("head", "weights · v", "result", 0, end, shape("heads"), span=3))
    arrows.append(Arrow("weights", "head"))
    return Panel("head", "One head", 3, end + 1, tuple(boxes), tuple(arrows))
