"""The frames of an explored figure as one compact line, for a page that has no kernel."""

import json
from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go

MAX_RECORD_BYTES = 150_000
FIELD_NAMES = {"d_model", "d_ff", "d_head", "n_heads", "n_layers", "vocab_size"}


def record(
    first: go.Figure,
    frames: list[go.Figure],
    choices: dict[str, list[Any]],
    start: dict[str, Any],
    play: str | None = None,
) -> str:
    """All frames as one line of JSON: what differs from the first figure, each distinct
    value written once.

    frames run through the product of the choices, the last control fastest. A frame is
    a flat list of index pairs (path, value): set the value at the path in the first
    figure's {data, layout}. play: the control that may run by itself; it alone has the
    key "play".
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
            "label": label(name),
            "kind": "slider" if is_numeric(options) else "choice",
            "values": [str(option) for option in options],
            "start": options.index(start[name]),
            **({"play": True} if name == play else {}),
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


def _plain(figure: go.Figure) -> dict[str, Any]:
    parts = json.loads(figure.to_json())
    return {"data": parts["data"], "layout": parts["layout"]}


def label(name: str) -> str:
    """A control's name as a reader sees it; the field's own names stay as they are."""
    return name if name in FIELD_NAMES else name.replace("_", " ")


def is_numeric(options: list[Any]) -> bool:
    """Whether a control is a slider: all its values are numbers."""
    return all(
        isinstance(option, (int, float)) and not isinstance(option, bool)
        for option in options
    )
