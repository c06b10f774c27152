"""One figure with controls: live where a kernel runs, replayed from a record where none
does.
"""

import inspect
import itertools
import json
from collections.abc import Callable, Iterable
from typing import Any

import ipywidgets
import plotly.graph_objects as go
from IPython.display import display
from IPython.utils.capture import capture_output

from decoderbook.frames import is_numeric, label, record

RECORD_TYPE = "application/vnd.decoderbook.explore"
FIGURE_TYPE = "application/vnd.plotly.v1+json"
VIEW_TYPE = "application/vnd.jupyter.widget-view+json"
MAX_FRAMES = 600


def explore(fn: Callable[..., go.Figure], **controls: Iterable[Any]) -> None:
    """Show fn(**values) with one control for each name in controls.

    fn returns a plotly Figure. Each control lists its values: numbers become a slider,
    anything else a list to choose from. A default in fn's signature is the value to
    start from; without one it is the first.

    With a kernel the controls call fn again. The output also carries every frame as a
    compact record (see `record`), which the published page replays without a kernel.

    Raises ValueError where a control has no values, is no parameter of fn, starts
    outside its values, or where the grid is too large to be published.
    """
    choices = {name: list(values) for name, values in controls.items()}
    start = _start_values(fn, choices)
    first = fn(**start)
    frames = [
        fn(**dict(zip(choices, values, strict=True)))
        for values in itertools.product(*choices.values())
    ]
    bundle = {
        FIGURE_TYPE: mime_bundle(first).get(FIGURE_TYPE),
        RECORD_TYPE: record(first, frames, choices, start),
        "text/plain": f"{_alternative(first)} Controls: {', '.join(label(n) for n in choices)}.",
    }
    live = {VIEW_TYPE: _live(fn, first, choices, start).get_view_spec()}
    display({**{k: v for k, v in bundle.items() if v is not None}, **live}, raw=True)


def _start_values(
    fn: Callable[..., go.Figure], choices: dict[str, list[Any]]
) -> dict[str, Any]:
    parameters = inspect.signature(fn).parameters
    start = {}
    for name, options in choices.items():
        if name not in parameters:
            raise ValueError(
                f"{fn.__name__} has no parameter {name!r}; it has {list(parameters)}"
            )
        if not options:
            raise ValueError(f"the control {name!r} has no values")
        default = parameters[name].default
        start[name] = options[0] if default is inspect.Parameter.empty else default
        if start[name] not in options:
            raise ValueError(
                f"{name} starts at {start[name]!r}, which is not among its values {options}"
            )
    frames = 1
    for options in choices.values():
        frames *= len(options)
    if frames > MAX_FRAMES:
        raise ValueError(
            f"the controls span {frames} frames, more than {MAX_FRAMES}: give one fewer values"
        )
    return start


def _live(
    fn: Callable[..., go.Figure],
    first: go.Figure,
    choices: dict[str, list[Any]],
    start: dict[str, Any],
) -> ipywidgets.VBox:
    output = ipywidgets.Output(layout={"min_height": f"{first.layout.height or 450}px"})

    def draw(figure: go.Figure) -> None:
        # The trait is set, not printed into, so that nothing leaks into the cell's own
        # outputs.
        output.outputs = (
            {
                "output_type": "display_data",
                "data": mime_bundle(figure),
                "metadata": {},
            },
        )

    inputs = {}
    for name, options in choices.items():
        kind = (
            ipywidgets.SelectionSlider if is_numeric(options) else ipywidgets.Dropdown
        )
        inputs[name] = kind(
            options=[(str(option), option) for option in options],
            value=start[name],
            description=label(name),
            style={"description_width": "initial"},
        )
        inputs[name].observe(
            lambda _: draw(
                fn(**{name: control.value for name, control in inputs.items()})
            ),
            names="value",
        )
    draw(first)
    return ipywidgets.VBox([*inputs.values(), output])


def mime_bundle(figure: go.Figure) -> dict[str, Any]:
    """What plotly shows where we are: it knows JupyterLab, Colab and VS Code, and we do
    not have to. Where it shows nothing in the notebook, the figure's own JSON.
    """
    with capture_output() as captured:
        figure.show()
    if captured.outputs:
        return captured.outputs[0].data
    # No renderer, or one that shows the figure elsewhere, such as in a browser's tab.
    return {FIGURE_TYPE: json.loads(figure.to_json())}


def _alternative(figure: go.Figure) -> str:
    return (figure.layout.meta or {}).get("alt", "A figure.")
