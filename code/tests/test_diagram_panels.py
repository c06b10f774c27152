"""The picture of the decoder, box by box and arrow by arrow, against what is written down here."""

import itertools
import re
import xml.etree.ElementTree as ET
from collections import Counter

import pytest
import test_diagram
from test_diagram import SVG, draw

from decoderbook import diagram, theme
from decoderbook.diagram.attention_levels import head_panel
from decoderbook.diagram.drawio import as_drawio
from decoderbook.diagram.parts import Traced
from decoderbook.diagram.small import PLACES
from decoderbook.diagram.words import about
from tinydecoder.config import ModelConfig

MODELS = test_diagram.MODELS | {  # a smaller one with as many layers is built at once
    "base": (ModelConfig(64, 4, 96, 6, "post"), 1, 11, 12, 100, 37)
}

LETTERS = (
    *(("B", "sentences"), ("S", "English tokens"), ("T", "Kannada tokens")),
    *(("h", "heads"), ("d_k", "= d_model / h")),
)
PAGES = {  # the boxes that each chapter is about
    "02": "source_ids source_embedding.rows target_ids target_embedding.rows",
    "03": "encoder.layers.0.x decoder.layers.0.x",
    "04": "encoder.layers memory layer_memory",
    "05": "query key value query_heads key_heads value_heads merged output "
    "q k v products scores weights head",
    "06": "self_attention",
    "07": "encoder.norm decoder.norm norm_1 norm_2 norm_3 add_1 add_2 add_3",
    "08": "cross_attention attention_x attention_source heads masked_scores",
    "09": "decoder.layers logits x feed_forward",
    "11": "next",
}


def due(name: str) -> dict[str, tuple[str, str]]:
    """The label and the axes of every box of every panel, in order."""
    config = MODELS[name][0]
    pre, layers, heads = config.norm == "pre", config.n_layers, config.n_heads
    source, target, rows = "B S d_model", "B T d_model", "Layer norm"
    boxes = {
        "whole/source_ids": ("English ids", "B S"),
        "whole/source_embedding.rows": ("Token embedding", source),
        "whole/encoder.layers.0.x": ("+ position", source),
        "whole/encoder.layers": (f"Encoder layer × {layers}", source),
        **({"whole/encoder.norm": (rows, source)} if pre else {}),
        "whole/memory": ("Memory", source),
        "whole/target_ids": ("Kannada ids", "B T"),
        "whole/target_embedding.rows": ("Token embedding", target),
        "whole/decoder.layers.0.x": ("+ position", target),
        "whole/decoder.layers": (f"Decoder layer × {layers}", target),
        **({"whole/decoder.norm": (rows, target)} if pre else {}),
        "whole/logits": ("Output layer", "B T vocab_size"),
        "whole/next": ("Next token", "B"),
        "layer/x": ("x", target),
    }
    steps = ("Masked self-attention", "Cross-attention", "Feed-forward")
    for number, step in enumerate(steps, start=1):
        key = step.removeprefix("Masked ").lower().replace("-", "_")
        if pre:
            boxes[f"layer/norm_{number}"] = (rows, "")
        boxes[f"layer/{key}"] = (step, "")
        boxes[f"layer/add_{number}"] = ("+", target if pre else "")
        if not pre:
            boxes[f"layer/norm_{number}"] = (rows, target)
    each = f"Attention in each of {heads} heads" if heads > 1 else "Attention in 1 head"
    return boxes | {
        "layer/layer_memory": ("Memory", source),
        "attention/attention_x": ("x", target),
        "attention/attention_source": ("Memory", source),
        "attention/query": ("Query: × W_Q", target),
        "attention/query_heads": ("split heads", "B h T d_k"),
        "attention/key": ("Key: × W_K", source),
        "attention/key_heads": ("split heads", "B h S d_k"),
        "attention/value": ("Value: × W_V", source),
        "attention/value_heads": ("split heads", "B h S d_k"),
        "attention/heads": (each, "B h T d_k"),
        "attention/merged": ("merge heads", target),
        "attention/output": ("Output projection", target),
        "head/q": ("q", "B T d_k"),
        "head/k": ("k", "B S d_k"),
        "head/v": ("v", "B S d_k"),
        "head/products": ("q · kᵀ", "B T S"),
        "head/scores": (f"÷ √d_k = √{config.d_model // heads}", "B T S"),
        "head/masked_scores": ("mask padding", "B T S"),
        "head/weights": ("softmax", "B T S"),
        "head/head": ("weights · v", "B T d_k"),
    }


def sizes(name: str, axes: str) -> list[int]:
    """What the letters stand for."""
    config, batch, source, target, _, vocab_size = MODELS[name]
    known = {"B": batch, "S": source, "T": target, "vocab_size": vocab_size}
    known |= {"d_model": config.d_model, "h": config.n_heads}
    known["d_k"] = config.d_model // config.n_heads
    return [known[letter] for letter in axes.split()]


def lines(name: str, axes: str) -> tuple[str, str]:
    """The two lines of a shape."""
    letters = ", ".join(axes.split()) + "," * (len(axes.split()) == 1)
    return f"({letters})", "×".join(map(str, sizes(name, axes)))


CHAINS = {
    "attention": "attention_x query query_heads heads merged output; attention_source key "
    "key_heads heads; attention_source value value_heads heads",
    "head": "q products scores masked_scores weights head; k products; v head",
}
POST = {
    "whole": "source_ids source_embedding.rows encoder.layers.0.x encoder.layers memory; "
    "target_ids target_embedding.rows decoder.layers.0.x decoder.layers logits next",
    "layer": "x self_attention add_1 norm_1 cross_attention add_2 norm_2 feed_forward add_3 norm_3",
    "skip": "x add_1; norm_1 add_2; norm_2 add_3",
}
PRE = {
    "whole": "source_ids source_embedding.rows encoder.layers.0.x encoder.layers encoder.norm "
    "memory; target_ids target_embedding.rows decoder.layers.0.x decoder.layers decoder.norm "
    "logits next",
    "layer": "x norm_1 self_attention add_1 norm_2 cross_attention add_2 norm_3 feed_forward add_3",
    "skip": "x add_1; add_1 add_2; add_2 add_3",
}
ACROSS = {"whole": "memory decoder.layers", "layer": "layer_memory cross_attention"}


def arrows_due(name: str, panel: str) -> set[tuple[str, str, str]]:
    """Every arrow of a panel, with its route."""
    chains = CHAINS | (PRE if MODELS[name][0].norm == "pre" else POST)
    routes = {"down": chains[panel], "across": ACROSS.get(panel, "")}
    routes["skip"] = chains["skip"] if panel == "layer" else ""
    return {
        (*pair, route)
        for route, written in routes.items()
        for chain in written.split(";")
        for pair in itertools.pairwise(chain.split())
    }


AROUND = (
    "dashed=1;exitX=1;exitY=0.5;entryX=1;entryY=0.5;"  # from right side to right side
)


@pytest.fixture(scope="module", params=MODELS)
def named(request):
    """The name of a model, the model, its trace, and the panels."""
    model, _, traced, panels = draw(*MODELS[request.param])
    return request.param, model, traced, panels


def elements(panels) -> dict[str, ET.Element]:
    """The SVG of each panel alone."""
    return {p.key: ET.fromstring(diagram.one_panel(panels, p.key).svg) for p in panels}


def groups(svg: ET.Element) -> dict[str, ET.Element]:
    return {g.get("data-box"): g for g in svg.iter(f"{SVG}g") if g.get("data-box")}


def outline(group: ET.Element) -> list[float]:
    """Left, top, right and bottom of a box as it is drawn."""
    *_, rect = group.iter(f"{SVG}rect")
    x, y, width, height = (float(rect.get(n)) for n in ("x", "y", "width", "height"))
    return [x, y, x + width, y + height]


def near(*values: float):
    return pytest.approx(values, abs=0.02)  # as far as the digits of the file go


def numbers(text: str) -> list[float]:
    """Those of a path or of points, to a hundredth."""
    return [round(float(number), 2) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def test_every_box_has_its_label_and_the_shape_of_its_tensor(named):
    name, *_, panels = named
    found = {
        f"{panel.key}/{box.key}": (box.label, " ".join(box.shape.axes if box.shape else ()))
        for panel in panels
        for box in panel.boxes
    }  # fmt: skip
    assert list(found.items()) == list(due(name).items())
    for panel in panels:
        for box in panel.boxes:
            if box.shape:
                assert list(box.shape.sizes) == sizes(name, " ".join(box.shape.axes))


def test_the_facts_of_a_box_are_written_on_it(named):
    name, *_, panels = named
    inside = {
        "whole/decoder.layers": "layer",
        "layer/cross_attention": "attention",
        "attention/heads": "head",
    }
    drawn = {k: g for svg in elements(panels).values() for k, g in groups(svg).items()}
    assert list(drawn) == list(due(name))
    for key, (label, axes) in due(name).items():
        said = about(key.partition("/")[2])
        facts = drawn[key].attrib
        assert facts == {
            "data-box": key,
            "data-label": "Sum" if label == "+" else label,
            "data-shape": " = ".join(lines(name, axes)) if axes else "",
            "data-formula": said.formula,
            "data-page": said.page,
            "data-inside": inside.get(key, ""),
        }
        assert facts["data-formula"] and facts["data-page"]
        assert drawn[key].find(f"{SVG}title").text == said.sentence
        (chapter,) = (c for c, k in PAGES.items() if key.split("/")[1] in k.split())
        assert said.page.startswith(f"{chapter}-")
    scaled = about("scores").formula
    assert "√d_k" in scaled and scaled.startswith(about("products").formula)


def test_a_panel_says_its_words_once_and_no_others(named):
    name, *_, panels = named
    titles = ("The whole", "A decoder layer", "Its cross-attention", "One head")
    for panel, title, svg in zip(
        panels, titles, elements(panels).values(), strict=True
    ):
        said = [text.text for text in svg.iter(f"{SVG}text")]
        expected, steps = [title], []
        for key, (label, axes) in due(name).items():
            if not key.startswith(f"{panel.key}/"):
                continue
            shape = lines(name, axes) if axes else ()
            beside = panel.key == "layer" and key != "layer/layer_memory" and shape
            expected += [label, *(["  ".join(shape)] if beside else shape)]
            if label != "+":
                steps.append(" ".join([label, *shape[:1]]))
        if panel.key == "layer":
            expected.append(f"inside d_ff = {MODELS[name][0].d_ff}")
        if panel.key == "whole":
            expected += itertools.chain(*LETTERS)
        assert Counter(said) == Counter(expected)
        words = f"{title}: {', then '.join(steps)}."
        assert diagram.one_panel(panels, panel.key).words == words
        assert svg.get("aria-label") == words
        assert words in diagram.side_by_side(panels).words


def test_each_letter_stands_beside_what_it_counts(named):
    *_, panels = named
    texts = list(elements(panels)["whole"].iter(f"{SVG}text"))
    for letter, counted in LETTERS:
        (one,) = (text for text in texts if text.text == letter)
        (two,) = (text for text in texts if text.text == counted)
        assert abs(float(one.get("y")) - float(two.get("y"))) < 1
        assert float(one.get("x")) < float(two.get("x"))


def test_the_arrows_are_these_and_no_others(named):
    name, *_, panels = named
    for panel in panels:
        found = [(arrow.start, arrow.end, arrow.route) for arrow in panel.arrows]
        assert len(found) == len(set(found))
        assert set(found) == arrows_due(name, panel.key)


def test_an_arrow_is_drawn_from_its_box_to_its_box(named):
    """Down from edge to edge, across from side to side, and a residual around what it skips."""
    *_, panels = named
    for panel, svg in zip(panels, elements(panels).values(), strict=True):
        places = {k.partition("/")[2]: outline(g) for k, g in groups(svg).items()}
        rightmost = max(right for _, _, right, _ in places.values())
        (last,) = places.keys() - {arrow.start for arrow in panel.arrows}
        paths, tips = (list(svg.iter(f"{SVG}{tag}")) for tag in ("path", "polygon"))
        ways = [(arrow.start, arrow.end, arrow.route) for arrow in panel.arrows]
        for path, tip, way in zip(paths, tips, [*ways, (last, "", "out")], strict=True):
            start, end, route = way
            left, top, right, bottom = places[start]
            x, y, *turns = numbers(path.get("d"))
            to_x, to_y, *rest = numbers(tip.get("points"))
            behind_x, behind_y = sum(rest[::2]) / 2 - to_x, sum(rest[1::2]) / 2 - to_y
            assert bool(path.get("stroke-dasharray")) is (route == "skip")
            goal = places.get(end, [to_x, to_y, to_x, to_y])
            middle = (left + right) / 2, (top + bottom) / 2
            if route in ("down", "out"):
                assert (y, to_x, to_y) == near(bottom, x, goal[1])
                assert left <= x <= right and goal[0] <= x <= goal[2] and to_y > y
                assert abs(behind_x) < 0.02 and behind_y < 0
            elif route == "across":
                assert (x, to_x, y, to_y) == near(
                    right, goal[0], middle[1], (goal[1] + goal[3]) / 2
                )
                assert x < to_x and abs(behind_y) < 0.02 and behind_x < 0
            else:
                assert abs(x - middle[0]) < 0.02 and bottom < y < bottom + 15
                assert (to_x, to_y, turns[1]) == near(
                    goal[2], *[(goal[1] + goal[3]) / 2] * 2
                )
                assert turns[0] > rightmost
                assert abs(behind_y) < 0.02 and behind_x > 0


def test_where_nothing_is_masked_softmax_reads_the_scores(named):
    _, model, traced, _ = named
    unmasked = {key: value for key, value in traced.items() if "masked_" not in key}
    panel = head_panel(model, Traced(model, unmasked))
    assert [box.key for box in panel.boxes if box.row == 3] == ["weights"]
    ends = {(arrow.start, arrow.end) for arrow in panel.arrows}
    assert ("scores", "weights") in ends and len(ends) == 6


def test_colours_say_whose_numbers_they_are_and_outlines_what_a_box_is(named):
    *_, panels = named
    colours = theme.QUERY, theme.KEY, theme.VALUE, theme.WEIGHT, theme.RESULT
    assert len({*colours, theme.BLOCKED}) == 6
    owners = (
        (theme.KEY, r".*(source|encoder|memory).*|attention/key.*|head/k"),
        (theme.VALUE, r"attention/value.*|head/v"),
        (theme.WEIGHT, "attention/heads|head/(products|scores|weights)"),
        (theme.RESULT, "whole/next|attention/(merged|output)|head/head"),
        (theme.BLOCKED, r"layer/(norm|add)_\d|head/masked_scores"),
        (theme.QUERY, ".*"),
    )
    data = r".*_ids|.*memory|.*/x|whole/next|attention/attention_.*|head/[qkv]"
    for svg in elements(panels).values():
        for key, group in groups(svg).items():
            rects = list(group.iter(f"{SVG}rect"))
            colour = next(c for c, pattern in owners if re.fullmatch(pattern, key))
            assert {rect.get("stroke") for rect in rects} == {colour}
            stack = re.fullmatch("whole/..coder.layers|attention/heads", key)
            assert len(rects) == (2 if stack else 1)
            _, top, _, bottom = outline(group)
            round_ends = bool(re.fullmatch(data + r"|.*add_\d", key))
            due_radius = min((bottom - top) / 2, 20) if round_ends else 7
            assert abs(float(rects[-1].get("rx")) - due_radius) < 0.02


def test_side_by_side_each_box_leads_to_its_magnification(named):
    *_, panels = named
    root = ET.fromstring(diagram.side_by_side(panels).svg)
    places = {key: outline(group) for key, group in groups(root).items()}
    moves = [numbers(g.get("transform"))[0] for g in root.findall(f"{SVG}g")]
    inner = [groups(g) for g in root.findall(f"{SVG}g")]
    assert [next(iter(of)).split("/")[0] for of in inner] == [p.key for p in panels]
    beams = [numbers(beam.get("points")) for beam in root.findall(f"{SVG}polygon")]
    boxes = ("whole/decoder.layers", "layer/cross_attention", "attention/heads")
    for number, (beam, key) in enumerate(zip(beams, boxes, strict=True)):
        _, top, right, bottom = places[key]
        assert moves[number + 1] > moves[number] + 400
        edge, far = moves[number] + right, moves[number + 1]
        assert tuple(beam[::2]) == near(edge + 4, far, far, edge + 4)
        assert tuple(beam[1::2]) == near(top - 4, 10, 790, bottom)


def test_drawio_has_each_box_in_its_panel_where_the_picture_has_it(named):
    name, *_, panels = named
    svg = ET.fromstring(diagram.side_by_side(panels).svg)
    moves = [numbers(g.get("transform"))[0] for g in svg.findall(f"{SVG}g")]
    cells = list(ET.fromstring(as_drawio(panels)).iter("mxCell"))
    drawn, edges = groups(svg), set()
    for cell in cells[2:]:
        geometry, style = cell.find("mxGeometry"), cell.get("style")
        if cell.get("edge"):
            route = "skip" if AROUND in style else "down"
            route = "inside" if "endArrow=none" in style else route
            ends = cell.get("source"), cell.get("target")
            edges.add((*ends, route, cell.get("parent")))
            continue
        x, y, width, height = (
            float(geometry.get(n)) for n in ("x", "y", "width", "height")
        )
        if cell.get("id") in drawn:
            group = drawn.pop(cell.get("id"))
            expected = pytest.approx(outline(group), abs=0.1)
            assert [x, y, x + width, y + height] == expected
            assert cell.get("parent") == cell.get("id").split("/")[0]
            assert f"strokeColor={group.find(f'{SVG}rect').get('stroke')};" in style
            assert style.startswith("ellipse;") is ("/add_" in cell.get("id"))
        else:
            assert (x, y, width, height) == (moves.pop(0), 0, 400, 800)
            assert cell.get("parent") == "1" and "container=1" in style
    assert not drawn and not moves
    expected = {
        (
            f"{p.key}/{start}",
            f"{p.key}/{end}",
            route if route == "skip" else "down",
            p.key,
        )
        for p in panels
        for start, end, route in arrows_due(name, p.key)
    }
    holders = {("whole/decoder.layers", "layer"), ("attention/heads", "head")}
    holders.add(("layer/cross_attention", "attention"))
    assert edges == expected | {(*pair, "inside", "1") for pair in holders}


def test_in_the_small_picture_memory_leads_to_cross_attention():
    svg = ET.fromstring(diagram.mini("memory").svg)
    shafts = [numbers(path.get("d")) for path in svg.iter(f"{SVG}path")]
    tips = [numbers(tip.get("points"))[:2] for tip in svg.iter(f"{SVG}polygon")]
    memory, reader = PLACES["memory"], PLACES["cross-attention"]
    y = memory.top + memory.height / 2
    assert shafts[-1][:2] == [memory.left + memory.width, y]
    assert tips[-1] == [reader.left, y] and reader.top < y < reader.top + reader.height
    columns = Counter(x for x, _ in tips[:-1])
    assert sorted(columns.values()) == [3, 6]
    assert [x for x, *_ in shafts[:-1]] == [x for x, _ in tips[:-1]]
    thick = [rect for rect in svg.iter(f"{SVG}rect") if rect.get("stroke-width") == "3"]
    (lit,) = (r for r in svg.iter(f"{SVG}rect") if r.get("fill") != "none")
    assert thick == [lit] and lit.get("stroke") == theme.KEY
    assert [float(lit.get("x")), float(lit.get("y"))] == [memory.left, memory.top]
