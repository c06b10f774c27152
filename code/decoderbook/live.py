"""A figure that is drawn anew while its cell runs."""

import time
from collections.abc import Callable

import plotly.graph_objects as go
from IPython import get_ipython
from IPython.display import clear_output, display

from decoderbook.widgets import mime_bundle

BLOCKS = 10  # of the bar; more would not fit a phone beside the words


def watch(
    draw: Callable[[list[float]], go.Figure], steps: int, every: int = 25
) -> Callable[[int, float], None]:
    """What `train` takes as on_step: it shows draw(losses) while the training runs.

    losses: those of all steps so far, none for the figure that is shown at once. One
    figure stands under the cell; every so many steps, and after the last, it is drawn
    anew, with a bar and the seconds left in the place of its title. What the cell shows
    when the training is over takes its place. Outside a notebook draw is called as
    often and nothing is shown.

    Raises ValueError for steps or every below 1.
    """
    if min(steps, every) < 1:
        raise ValueError(f"steps and every must be at least 1, got {steps} and {every}")
    losses: list[float] = []
    # A terminal has a shell too, but no kernel, and nowhere to draw.
    shell = getattr(get_ipython(), "kernel", None) is not None
    began = time.monotonic()

    def bundle() -> dict[str, object]:
        figure = draw(losses)
        if not shell:
            return {}
        spent = time.monotonic() - began
        title = _progress(len(losses), steps, spent)
        margin = {"t": max(figure.layout.margin.t or 0, 50)}
        place = {"text": title, "x": 0, "xref": "paper", "font": {"size": 13}}
        return mime_bundle(figure.update_layout(title=place, margin=margin))

    def show() -> None:
        data = bundle()
        if shell:
            # Not display_id and update: JupyterLab's plotly renderer ignores updates.
            clear_output(wait=True)
            display(data, raw=True)

    show()

    def on_step(step: int, loss: float) -> None:
        losses.append(loss)
        done = len(losses)
        if done % every and done != steps:
            return
        show()
        if shell and done == steps:
            clear_output(wait=True)  # once something else is shown, not before

    return on_step


def _progress(done: int, steps: int, spent: float) -> str:
    filled = BLOCKS * done // steps
    bar = "█" * filled + "░" * (BLOCKS - filled)
    left = f", {spent * (steps - done) / done:.0f} s left" if done else ""
    return f"{bar} step {done} of {steps}{left}"
