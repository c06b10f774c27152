"""How many numbers a model has learned, in all and part by part."""

from torch import nn

PARTS = (
    *("self_attention", "cross_attention", "feed_forward", "norm", "embedding"),
    "output",
)


def parameters_in(module: nn.Module) -> int:
    """The parameters of a module; one that is used in several places counts once."""
    return sum(parameter.numel() for parameter in module.parameters())


def decoder_parameters(model: nn.Module) -> tuple[dict[str, list[int]], list[str]]:
    """The parameters of a `Transformer`'s target side, sorted by their names.

    Returns (part → a number for each place, the places): the embedding, which a tied
    output layer shares, then each layer, the last norm where there is one, and an
    output layer of its own where it is not tied.
    """
    counts = [
        (_part(name), _place(name), parameter.numel())
        for name, parameter in model.named_parameters()
        if name.startswith(("decoder.", "target_embedding.", "output."))
    ]
    places = list(dict.fromkeys(place for _, place, _ in counts))
    parts = {part: [0] * len(places) for part, _, _ in counts}
    for part, place, number in counts:
        parts[part][places.index(place)] += number
    return parts, places


def _part(name: str) -> str:
    return next(part for part in PARTS if part in name)


def _place(name: str) -> str:
    if name.startswith("decoder.layers."):
        return f"layer {name.split('.')[2]}"
    if name.startswith("output."):
        return "output layer"
    return "embedding" if "embedding" in name else "last norm"
