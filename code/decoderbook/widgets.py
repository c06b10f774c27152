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
from plotly.basedatatypes import BaseFigure

from decoderbook.frames import is_numeric, label, record

RECORD_TYPE = "application/vnd.decoderbook.explore"
FIGURE_TYPE = "application/vnd.plotly.v1+json"
VIEW_TYPE = "application/vnd.jupyter.widget-view+json"
MAX_FRAMES = 600
DEFAULT_HEIGHT, DEFAULT_MARGIN = 450, 80  # plotly's own, in pixels
INTERVAL = 900  # ms from one frame to the next, when a control runs by itself


def explore(
    fn: Callable[..., go.Figure], *, play: str | None = None, **controls: Iterable[Any]
) -> None:
    """Show fn(**values) with one control for each name in controls.

    fn returns a plotly Figure. Each control lists its values: numbers become a slider,
    anything else a list to choose from. A default in fn's signature is the value to
    start from; without one it is the first.

    play names a slider that can run through its values by itself, where these are a
    story: the steps of a training or of writing. All frames get the height of the
    tallest, so that nothing below the figure moves.

    With a kernel the controls call fn again. The output also carries every frame as a
    compact record (see `record`), which the published page replays without a kernel.

    Raises ValueError where a control lists no values, is no parameter of fn, starts
    outside its values, where fn returns no Figure, where play names no slider, or where
    the grid is too large to be published.
    """
    for name, values in controls.items():
        if not isinstance(values, Iterable):
            raise ValueError(
                f"the control {name!r} must list its values, got {values!r}"
            )
    choices = {name: list(values) for name, values in controls.items()}
    start = _start_values(fn, choices)
    _check_play(play, choices)
    first = _drawn(fn, start)
    frames = [
        _drawn(fn, dict(zip(choices, values, strict=True)))
        for values in itertools.product(*choices.values())
    ]
    height = max(map(_height, frames))
    for frame in (first, *frames):
        _set_height(frame, height)
    bundle = {
        FIGURE_TYPE: mime_bundle(first).get(FIGURE_TYPE),
        RECORD_TYPE: record(first, frames, choices, start, play),
        "text/plain": f"{_alternative(first)} Controls: {', '.join(label(n) for n in choices)}.",
    }
    live = {VIEW_TYPE: _live(fn, first, choices, start, play).get_view_spec()}
    display({**{k: v for k, v in bundle.items() if v is not None}, **live}, raw=True)


def _drawn(fn: Callable[..., go.Figure], values: dict[str, Any]) -> go.Figure:
    figure = fn(**values)
    if not isinstance(figure, BaseFigure):
        at = ", ".join(f"{name}={value!r}" for name, value in values.items())
        raise ValueError(
            f"{_name(fn)} must return a plotly Figure, got {figure!r} for {at}"
        )
    return figure


def _name(fn: Callable[..., go.Figure]) -> str:
    return getattr(fn, "__name__", "the function")  # a functools.partial has none


def _check_play(play: str | None, choices: dict[str, list[Any]]) -> None:
    if play is None:
        return
    if not isinstance(play, str):
        raise ValueError(
            "no control can be called 'play': play= names the slider that runs by itself"
        )
    if play not in choices:
        raise ValueError(f"play is {play!r}, which is none of {list(choices)}")
    if not is_numeric(choices[play]):
        raise ValueError(f"play is {play!r}, which is no slider: it is not numeric")


def _start_values(
    fn: Callable[..., go.Figure], choices: dict[str, list[Any]]
) -> dict[str, Any]:
    parameters = inspect.signature(fn).parameters
    start = {}
    for name, options in choices.items():
        if name not in parameters:
            raise ValueError(
                f"{_name(fn)} has no parameter {name!r}; it has {list(parameters)}"
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
    play: str | None,
) -> ipywidgets.VBox:
    height = _height(first)
    output = ipywidgets.Output(layout={"min_height": f"{height}px"})

    def draw(figure: go.Figure) -> None:
        _set_height(figure, height)
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
    rows = [
        _with_player(control) if name == play else control
        for name, control in inputs.items()
    ]
    return ipywidgets.VBox([*rows, output])


def _with_player(slider: ipywidgets.SelectionSlider) -> ipywidgets.HBox:
    last = len(slider.options) - 1
    player = ipywidgets.Play(
        value=slider.index, min=0, max=last, step=1, interval=INTERVAL
    )
    ipywidgets.link((player, "value"), (slider, "index"))
    return ipywidgets.HBox([player, slider])


def _height(figure: go.Figure) -> int:
    return figure.layout.height or DEFAULT_HEIGHT


def _set_height(figure: go.Figure, height: int) -> None:
    """Make a figure taller: its cells and boxes grow with it, but bars keep their size
    and what is left stays empty below them.
    """
    left = height - _height(figure)
    if left and any(trace.type == "bar" for trace in figure.data):
        margin = figure.layout.margin
        margin.b = (DEFAULT_MARGIN if margin.b is None else margin.b) + left
    figure.layout.height = height


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
