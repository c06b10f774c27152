"""The picture as a file for diagrams.net: the same boxes and words, with arrows that hold on to them."""

import xml.etree.ElementTree as ET

from decoderbook.diagram.parts import ADD, DATA, Arrow, Box, Panel
from decoderbook.diagram.places import HEIGHT, WIDTH, frame
from decoderbook.diagram.svg import COLOURS, GAP

INK = "#111111"
PANEL = (
    "rounded=1;arcSize=3;fillColor=none;verticalAlign=top;align=left;spacingLeft=14;fontStyle=1;"
    f"fontSize=17;container=1;collapsible=0;strokeColor=#999999;fontColor={INK};"
)


def as_drawio(panels: tuple[Panel, ...]) -> str:
    """The XML of one page with all panels side by side; each panel is a container."""
    file = ET.Element("mxfile", host="decoderbook")
    page = ET.SubElement(file, "diagram", id="decoder", name="Decoder")
    model = ET.SubElement(page, "mxGraphModel", grid="1", page="0")
    root = ET.SubElement(model, "root")
    ET.SubElement(root, "mxCell", id="0")
    ET.SubElement(root, "mxCell", id="1", parent="0")
    for number, panel in enumerate(panels):
        style = PANEL
        _vertex(
            root,
            panel.key,
            panel.title,
            style,
            "1",
            number * (WIDTH + GAP),
            0,
            WIDTH,
            HEIGHT,
        )
        for box in panel.boxes:
            place = frame(panel, box)
            size = place.right - place.left, place.bottom - place.top
            _vertex(
                root,
                f"{panel.key}/{box.key}",
                _words(box),
                _style(box),
                panel.key,
                place.left,
                place.top,
                *size,
            )
        for arrow in panel.arrows:
            _edge(root, panel, arrow)
    for panel in panels:
        for box in panel.boxes:
            if box.inside:
                _connect(
                    root,
                    f"{panel.key}/{box.key}",
                    box.inside,
                    "dashed=1;strokeColor=#999999;endArrow=none;",
                    "1",
                )
    ET.indent(file)
    return ET.tostring(file, encoding="unicode") + "\n"


def _words(box: Box) -> str:
    shape = (box.shape.symbols, box.shape.numbers) if box.shape else ()
    return "\n".join([box.label, *([box.note] if box.note else []), *shape])


def _style(box: Box) -> str:
    colour = COLOURS[box.role]
    shape = "ellipse;" if box.kind == ADD else "rounded=1;"
    if box.kind == DATA:
        shape += "arcSize=50;"
    return (
        f"{shape}strokeColor={colour};fillColor={colour};fillOpacity=13;"
        f"strokeWidth=2;fontColor={INK};fontSize=11;whiteSpace=wrap;"
    )


def _vertex(
    root: ET.Element,
    key: str,
    words: str,
    style: str,
    parent: str,
    x: float,
    y: float,
    width: float,
    height: float,
) -> None:
    cell = ET.SubElement(
        root, "mxCell", id=key, value=words, style=style, vertex="1", parent=parent
    )
    sizes = {"x": x, "y": y, "width": width, "height": height}
    place = {name: f"{size:g}" for name, size in sizes.items()}
    ET.SubElement(cell, "mxGeometry", {**place, "as": "geometry"})


def _edge(root: ET.Element, panel: Panel, arrow: Arrow) -> None:
    style = "edgeStyle=orthogonalEdgeStyle;rounded=0;"
    if arrow.route == "skip":
        style += "dashed=1;exitX=1;exitY=0.5;entryX=1;entryY=0.5;"
    _connect(
        root, f"{panel.key}/{arrow.start}", f"{panel.key}/{arrow.end}", style, panel.key
    )


def _connect(root: ET.Element, start: str, end: str, style: str, parent: str) -> None:
    cell = ET.SubElement(
        root,
        "mxCell",
        id=f"{start} to {end}",
        style=f"{style}strokeColor={INK};" if "strokeColor" not in style else style,
        edge="1",
        parent=parent,
        source=start,
        target=end,
    )
    ET.SubElement(cell, "mxGeometry", {"relative": "1", "as": "geometry"})
