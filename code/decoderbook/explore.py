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

RECORD_TYPE = "application/vnd.decoderbook.explore"
FIGURE_TYPE = "application/vnd.plotly.v1+json"
VIEW_TYPE = "application/vnd.jupyter.widget-view+json"
MAX_FRAMES = 600
MAX_RECORD_BYTES = 150_000


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
        FIGURE_TYPE: _mime_bundle(first).get(FIGURE_TYPE),
        RECORD_TYPE: record(first, frames, choices, start),
        "text/plain": f"{_alternative(first)} Controls: {', '.join(_label(n) for n in choices)}.",
    }
    live = {VIEW_TYPE: _live(fn, first, choices, start).get_view_spec()}
    display({**{k: v for k, v in bundle.items() if v is not None}, **live}, raw=True)


def record(
    first: go.Figure,
    frames: list[go.Figure],
    choices: dict[str, list[Any]],
    start: dict[str, Any],
) -> str:
    """All frames as one line of JSON: what differs from the first figure, each distinct
    value written once.

    frames run through the product of the choices, the last control fastest. A frame is
    a flat list of index pairs (path, value): set the value at the path in the first
    figure's {data, layout}.
    """
    base = _plain(first)
    paths: dict[str, int] = {}
    values: dict[str, int] = {}
    rows = []
    for frame in frames:
        row = []
        for path, value in _differences(base, _plain(frame), ()):
            for table, item in ((paths, path), (values, value)):
                row.append(
                    table.setdefault(json.dumps(item, ensure_ascii=False), len(table))
                )
        rows.append(row)
    described = [
        {
            "name": name,
            "label": _label(name),
            "kind": "slider" if _is_numeric(options) else "choice",
            "values": [str(option) for option in options],
            "start": options.index(start[name]),
        }
        for name, options in choices.items()
    ]
    parts = {
        "version": 1,
        "controls": described,
        "paths": [json.loads(path) for path in paths],
        "values": [json.loads(value) for value in values],
        "frames": rows,
    }
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > MAX_RECORD_BYTES:
        raise ValueError(
            f"the record of {len(frames)} frames takes {len(text.encode()):,} bytes, more than "
            f"{MAX_RECORD_BYTES:,}: give a control fewer values, or round the figure's numbers"
        )
    return text


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


def _differences(
    old: Any, new: Any, path: tuple[Any, ...]
) -> Iterable[tuple[tuple[Any, ...], Any]]:
    """The deepest places where new differs from old: (path, new value). A list of
    numbers is one value.
    """
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():
        for key in old:
            yield from _differences(old[key], new[key], (*path, key))
    elif (
        isinstance(old, list)
        and isinstance(new, list)
        and len(old) == len(new)
        and any(isinstance(item, (dict, list)) for item in old)
    ):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from _differences(before, after, (*path, index))
    else:
        yield path, new


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
                "data": _mime_bundle(figure),
                "metadata": {},
            },
        )

    inputs = {}
    for name, options in choices.items():
        kind = (
            ipywidgets.SelectionSlider if _is_numeric(options) else ipywidgets.Dropdown
        )
        inputs[name] = kind(
            options=[(str(option), option) for option in options],
            value=start[name],
            description=_label(name),
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


def _mime_bundle(figure: go.Figure) -> dict[str, Any]:
    """What plotly shows where we are: it knows JupyterLab, Colab and VS Code, and we do
    not have to.
    """
    with capture_output() as captured:
        figure.show()
    return captured.outputs[0].data


def _plain(figure: go.Figure) -> dict[str, Any]:
    parts = json.loads(figure.to_json())
    return {"data": parts["data"], "layout": parts["layout"]}


def _alternative(figure: go.Figure) -> str:
    return (figure.layout.meta or {}).get("alt", "A figure.")


def _label(name: str) -> str:
    return (
        name.replace("_", " ") if name not in ("d_model", "n_heads", "d_head") else name
    )


def _is_numeric(options: list[Any]) -> bool:
    return all(
        isinstance(option, (int, float)) and not isinstance(option, bool)
        for option in options
    )
