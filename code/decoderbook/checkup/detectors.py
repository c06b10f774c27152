"""All detectors, in the order of the report."""

from decoderbook.checkup import (
    causality,
    numbers,
    order,
    padding,
    shapes,
    start,
    steps,
    twins,
)

DETECTORS = (
    causality.OUTPUTS,
    causality.GRADIENTS,
    causality.PREFIX,
    padding.SOURCE,
    padding.TARGET,
    shapes.LENGTHS,
    shapes.COMPANY,
    shapes.ORDER,
    order.TARGET_ORDER,
    order.SOURCE_ORDER,
    order.SOURCE_USED,
    twins.EQUAL,
    steps.CACHE,
    start.LOSS,
    start.LOGITS,
    start.GRADIENT,
    numbers.DETERMINISTIC,
    numbers.FINITE,
    numbers.FOLLOWS,
)
