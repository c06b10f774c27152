"""The picture of the decoder says what the forward pass was: shapes, names, arrows, words."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
import torch

from decoderbook import diagram
from decoderbook.diagram.drawio import as_drawio
from decoderbook.diagram.levels import LAYER
from decoderbook.diagram.parts import ADD, Traced
from decoderbook.diagram.small import PLACES, TOGETHER
from decoderbook.diagram.words import about
from decoderbook.tools import diagram_files
from tinydecoder.config import PAD, ModelConfig
from tinydecoder.model import Transformer, evaluating
from tinydecoder.tracing import TRACED, trace

MODELS = {  # config, batch, source and target length, vocabularies
    "post": (ModelConfig(6, 1, 10, 1, "post"), 2, 5, 3, 11, 13),
    "pre": (ModelConfig(16, 2, 24, 4, "pre"), 3, 7, 9, 20, 21),
    "base": (ModelConfig(512, 8, 2048, 6, "post"), 1, 11, 12, 100, 37_000),
}
SVG = "{http://www.w3.org/2000/svg}"


def draw(config: ModelConfig, batch: int, source: int, target: int, *vocab_sizes: int):
    """A model, ids for it, their trace, and the panels."""
    torch.manual_seed(0)
    model = Transformer(config, *vocab_sizes)
    ids = torch.randint(1, 11, (batch, source)), torch.randint(1, 11, (batch, target))
    with torch.no_grad(), evaluating(model):
        traced = trace(model, *ids)
    return model, ids, traced, diagram.blow_up(model, *ids)


@pytest.fixture(scope="module", params=MODELS)
def drawn(request):
    return draw(*MODELS[request.param])


def test_every_shape_is_the_shape_of_a_traced_tensor(drawn):
    """The letters of all boxes mean one size each, and the sizes are those of the model."""
    model, (source_ids, target_ids), _, panels = drawn
    config = model.config
    due = {
        "B": len(source_ids),
        "S": source_ids.size(1),
        "T": target_ids.size(1),
        "d_model": config.d_model,
        "h": config.n_heads,
        "d_k": config.d_head,
        "vocab_size": model.output.out_features,
    }
    shapes = [box.shape for panel in panels for box in panel.boxes if box.shape]
    seen = {pair for s in shapes for pair in zip(s.axes, s.sizes, strict=True)}
    assert seen == set(due.items())
    (feed_forward,) = (b for b in panels[1].boxes if b.key == "feed_forward")
    assert feed_forward.note == f"inside d_ff = {config.d_ff}"


def test_the_traced_names_of_one_layer_are_all_there(drawn):
    """Each variable of TRACED that one decoder layer has belongs to a box of its shape."""
    model, ids, traced, (whole, layer, attention, head) = drawn
    names = {"source": "attention_source", "x": "attention_x"}
    for variable in TRACED["MultiHeadAttention"]:
        value = traced[f"{LAYER}.cross_attention.{variable}"]
        if variable in ("scores", "weights"):
            assert head[variable].shape.sizes == (value.shape[0], *value.shape[2:])
        else:
            assert attention[names.get(variable, variable)].shape.sizes == value.shape
    for variable in TRACED["Transformer"]:
        if variable != "hidden":
            assert whole[variable].shape.sizes == traced[variable].shape
    with torch.no_grad(), evaluating(model):
        logits = model(*ids)
    assert whole["logits"].shape.sizes == logits.shape
    ends = [box for box in layer.boxes if box.shape and box.role == "plain"]
    assert [box.shape.sizes for box in ends] == [traced["hidden"].shape] * 3


def test_norms_stand_where_this_model_has_them(drawn):
    model, _, _, (whole, layer, *_) = drawn
    order = [box.key for box in layer.boxes if box.column == 0]
    pre = model.config.norm == "pre"
    first = ["norm_1", "self_attention", "add_1"]
    assert order[1:4] == (first if pre else [*first[1:], first[0]])
    assert ("decoder.norm" in {box.key for box in whole.boxes}) is pre
    assert whole["decoder.layers"].label.endswith(f"× {model.config.n_layers}")


def test_arrows_lead_from_box_to_box_and_every_box_but_the_last_is_read(drawn):
    *_, panels = drawn
    for panel in panels:
        keys = [box.key for box in panel.boxes]
        assert len(keys) == len(set(keys))
        starts = {arrow.start for arrow in panel.arrows}
        assert starts | {arrow.end for arrow in panel.arrows} == set(keys)
        assert len(set(keys) - starts) == 1  # what leaves the panel
    inside = [box.inside for panel in panels for box in panel.boxes if box.inside]
    assert inside == [panel.key for panel in panels[1:]]


def test_one_row_of_target_and_padding_are_drawn_too():
    model = Transformer(ModelConfig(8, 2, 16, 1), 11, 13)
    source = torch.tensor([[3, 4, PAD], [3, 4, 5]])
    *_, head = diagram.blow_up(model, source, torch.tensor([[1], [1]]))
    assert head["masked_scores"].shape.sizes == (2, 1, 3)


def test_a_shape_needs_a_letter_for_each_axis():
    with pytest.raises(ValueError, match="cannot name the axes"):
        Traced.known(["B", "T"], torch.ones(2, 3, 4))


def test_the_svg_says_every_label_and_every_shape(drawn):
    *_, panels = drawn
    root = ET.fromstring(diagram.side_by_side(panels).svg)
    said = {element.text for element in root.iter(f"{SVG}text")}
    titles = {element.text for element in root.iter(f"{SVG}title")}
    for panel in panels:
        alone = ET.fromstring(diagram.one_panel(panels, panel.key).svg)
        assert {e.text for e in alone.iter(f"{SVG}text")} <= said
        for box in panel.boxes:
            assert box.label in said and about(box.key).sentence in titles
            if box.shape:
                assert any(box.shape.symbols in words for words in said)
                assert any(box.shape.numbers in words for words in said)
    with pytest.raises(ValueError, match="choose one of whole, layer"):
        diagram.one_panel(panels, "wholes")


LAID = """() => {
  const wrong = [];
  const place = (element) => element.getBoundingClientRect();
  const room = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4;
  const leaves = (a, r) => a.left < r.left || a.right > r.right
    || a.top + 3 < r.top || a.bottom - 3 > r.bottom;
  for (const svg of document.querySelectorAll("svg")) {
    const words = [...svg.querySelectorAll("text")].map((t) => [t.textContent, place(t), t]);
    const boxes = [...svg.querySelectorAll("[data-box]")];
    const rects = boxes.map((box) => place(box.querySelector(":scope > rect:last-of-type")));
    for (const [i, one] of boxes.entries()) for (const [j, two] of boxes.entries())
      if (i < j && room(rects[i], rects[j])) wrong.push(one.dataset.box + " | " + two.dataset.box);
    for (const [i, [one, a, element]] of words.entries()) {
      if (leaves(a, place(svg))) wrong.push(one + " leaves the picture");
      for (const [two, b] of words.slice(i + 1)) if (room(a, b)) wrong.push(one + " | " + two);
      const own = boxes.indexOf(element.closest("[data-box]"));
      const before = element.previousElementSibling;
      const around = own >= 0 ? rects[own] : before?.tagName === "rect" && place(before);
      if (around && leaves(a, around)) wrong.push(one + " leaves its box");
      for (const [j, box] of boxes.entries())
        if (j !== own && room(a, rects[j])) wrong.push(one + " lies on " + box.dataset.box);
      const size = parseFloat(element.getAttribute("font-size"));
      if (size * Math.min(1, 350 / svg.viewBox.baseVal.width) < 11 && svg.viewBox.baseVal.width < 500)
        wrong.push(one + " is too small on a phone");
    }
  }
  return wrong;
}"""


def test_no_text_lies_on_another_or_leaves_its_box(browser, drawn):
    *_, panels = drawn
    pictures = [diagram.side_by_side(panels), diagram.mini(PLACES)]
    pictures += [diagram.one_panel(panels, panel.key) for panel in panels]
    page = browser.new_page(viewport={"width": 2100, "height": 900})
    page.set_content("".join(f"<div>{picture.svg}</div>" for picture in pictures))
    assert page.evaluate(LAID) == []
    page.close()


def test_every_box_has_its_words():
    model = Transformer(ModelConfig(8, 2, 16, 1), 11, 13)
    ids = torch.ones(1, 2, dtype=torch.long)
    for panel in diagram.blow_up(model, ids, ids):
        for box in panel.boxes:
            words = about(box.key)
            assert words.formula and words.sentence.endswith(".")
            assert re.fullmatch(r"\d\d-[a-z-]+", words.page)
            assert box.label == "+" or box.kind != ADD


def test_the_small_picture_lights_what_it_is_asked_for():
    plain, lit = diagram.mini(), diagram.mini("cross-attention")
    assert 'font-weight="700"' not in plain.svg
    bold = re.findall(r'font-weight="700"[^>]*>([^<]+)', lit.svg)
    assert bold == ["Cross-attention"] and lit.words.endswith("Here: cross-attention.")
    for name, places in TOGETHER.items():
        assert diagram.mini(name).svg == diagram.mini(places).svg
    with pytest.raises(ValueError, match="no box 'attentions': choose among layer"):
        diagram.mini("attentions")


def test_drawio_has_the_same_words_and_arrows_that_hold_on(drawn):
    *_, panels = drawn
    root = ET.fromstring(as_drawio(panels))
    cells = {cell.get("id"): cell for cell in root.iter("mxCell")}
    assert len(cells) == len(list(root.iter("mxCell")))
    words = {key: cell.get("value") for key, cell in cells.items()}
    for panel in panels:
        assert words[panel.key] == panel.title
        for box in panel.boxes:
            lines = words[f"{panel.key}/{box.key}"].split("\n")
            shape = [box.shape.symbols, box.shape.numbers] if box.shape else []
            assert lines == [box.label, *([box.note] if box.note else []), *shape]
    edges = [cell for cell in cells.values() if cell.get("edge")]
    assert len(edges) == sum(len(panel.arrows) for panel in panels) + 3
    for edge in edges:
        assert cells[edge.get("source")].get("vertex")
        assert cells[edge.get("target")].get("vertex")


def test_the_files_are_one_sheet_each_with_text_that_can_be_searched(tmp_path):
    folder = str(tmp_path / "new")  # in a process of its own: one playwright runs here
    command = [sys.executable, "-m", "decoderbook.tools.diagram_files", folder]
    subprocess.run(command, check=True)
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert names == {
        "decoder.svg", "decoder.drawio", "decoder-a4.pdf", "decoder-a1.pdf"
    }  # fmt: skip
    for size, (width, height) in diagram_files.PAPERS.items():
        pdf = (tmp_path / "new" / f"decoder-{size}.pdf").read_bytes()
        assert (
            re.search(rb"/Count 1\b", pdf) and b"/Font" in pdf and b"/ToUnicode" in pdf
        )
        box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
        sides = [float(side) * 25.4 / 72 for side in box.groups()]
        assert sides == pytest.approx([width, height], abs=1)


def test_without_a_browser_nothing_is_written_and_it_says_why(tmp_path):
    code = (
        "import sys; from decoderbook.tools.diagram_files import main; sys.exit(main())"
    )
    for folder, status, said in (
        (tmp_path / "new", 1, "CHROMIUM is"),
        ("--help", 2, "usage:"),
    ):
        found = subprocess.run(
            [sys.executable, "-c", code, str(folder)],
            env={**os.environ, "CHROMIUM": str(tmp_path / "none")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.returncode == status and said in found.stderr
        assert "Traceback" not in found.stderr
    assert not (tmp_path / "new").exists()


def test_ids_that_are_no_two_batches_of_one_size_are_refused():
    model = Transformer(ModelConfig(8, 2), 5, 5).eval()
    two = torch.ones(2, 3, dtype=torch.long)
    for source, target in ((two, two[:1]), (two[0], two), (two, two[0])):
        with pytest.raises(ValueError, match=r"as many sources|\(B, S\) and \(B, T\)"):
            diagram.blow_up(model, source, target)
