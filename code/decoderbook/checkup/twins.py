"""Is a piece of it equal to torch's own with the same weights?"""

from __future__ import annotations

import torch
from torch import nn

from decoderbook.checkup.attentions import attention_twins
from decoderbook.checkup.causality import ROUNDING
from decoderbook.checkup.finding import Detector, Measured, Place
from decoderbook.checkup.problem import NotApplicableError
from decoderbook.checkup.subject import Twin
from decoderbook.checkup.trial import Trial, change, told, worst


def equal_to_torch(trial: Trial) -> Measured:
    """The largest difference of outputs and of gradients, over all pieces."""
    make, module = trial.subject.twins, trial.subject.module
    with trial.in_time():
        twins = make() if make is not None else attention_twins(module)
    if not twins:
        parts = module.modules() if module is not None else ()
        if any(isinstance(part, nn.MultiheadAttention) for part in parts):
            raise NotApplicableError("its attention is torch's own")
        raise NotApplicableError("it shows no piece that torch has too (give `twins`)")
    with trial.in_time():
        differences = {twin.name: difference(twin) for twin in twins}
    # NaN first: it is larger than nothing, and must not get lost.
    name = max(
        differences, key=lambda n: (differences[n] != differences[n], differences[n])
    )
    found = differences[name]
    words = f"largest difference {told(found)} spreads ({', '.join(differences)})"
    if not found <= ROUNDING:
        words = f"{name} differs by {told(found)} spreads"
    return Measured(found, words)


def difference(twin: Twin) -> float:
    """Of two pieces, in what they give and in the gradient of their inputs."""
    results = []
    for function in (twin.mine, twin.torchs):
        inputs = [one.detach().clone().requires_grad_() for one in twin.inputs]
        output = function(*inputs)
        weights = torch.linspace(-1, 1, output.numel()).view_as(output).to(output)
        gradients = torch.autograd.grad(
            (output * weights).sum(), inputs, allow_unused=True, materialize_grads=True
        )
        results.append((output.detach(), *gradients))
    return worst(change(mine, torchs) for mine, torchs in zip(*results, strict=True))


EQUAL = Detector(
    "equal-to-torch",
    "Equal to torch's own",
    equal_to_torch,
    ROUNDING,
    "with the same weights it does what torch's own does",
    "with the same weights it does something else than torch's own",
    Place("06-masked-self-attention", "Many heads: cut, attend, merge"),
)
