"""Every figure function: the numbers drawn are the tensor's, and the words say what is
drawn.
"""

import inspect
import json
import re

import plotly.graph_objects as go
import pytest
import torch
from plotly.colors import sample_colorscale, unlabel_rgb

from decoderbook import figures, theme
from decoderbook.figures.base import number_text
from decoderbook.figures.labels import (
    GAP,
    column_labels,
    predicting_rows,
    room_beside,
    text_width,
)
from tinydecoder import (
    ModelConfig,
    Transformer,
    causal_mask,
    sinusoidal_positional_encoding,
    trace,
)

TOKENS = ["START", "ನಾನು nānu", "ಶಾಲೆಗೆ śālege"]
WEIGHTS = torch.tensor([[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.2, 0.3, 0.5]])


def sample_shapes():
    return dict.fromkeys(figures.shape_flow.__globals__["BOXES"], (2, 3))


def flow_shapes(n_layers=3):
    """The shapes of a real pass, each size another number."""
    model = Transformer(ModelConfig(12, 3, 20, n_layers), 11, 13)
    ids = torch.ones(2, 5, dtype=torch.long), torch.ones(2, 4, dtype=torch.long)
    shapes = {name: step.shape for name, step in trace(model, *ids).items()}
    return {**shapes, "logits": model(*ids).shape}


def sample_bars():
    parts = {"attention": [0, 2500, 7], "norms": [0, 500, 0], "table": [1000, 0, 0]}
    return figures.stacked_bars(parts, ["embedding", "layer 1", "end"], "parameters")


def sample_choices():
    sure = torch.tensor([[1.0, 0.25], [0.5, 0.75]])
    chosen = [["START", "ನಾನು nānu"], ["END", "END"]]
    return figures.choice_map(chosen, sure, ["row 0", "row 1"], ["before", "layer 1"])


EXAMPLES = {
    "decoder_flow": lambda: figures.decoder_flow(flow_shapes()),
    "stacked_bars": sample_bars,
    "choice_map": sample_choices,
    "model_sizes": lambda: figures.model_sizes({"ours": 712_832, "GPT-3": 1.746e11}),
    "attention_map": lambda: figures.attention_map(WEIGHTS, TOKENS, TOKENS, "head 0"),
    "heads_map": lambda: figures.heads_map(WEIGHTS[1:], TOKENS, "one query"),
    "score_map": lambda: figures.score_map(torch.randn(3, 3), TOKENS, TOKENS),
    "influence_map": lambda: figures.influence_map(torch.rand(3, 3), TOKENS, TOKENS),
    "encoding_map": lambda: figures.encoding_map(torch.rand(20, 8)),
    "product_map": lambda: figures.product_map(torch.rand(20, 20)),
    "attention_products": lambda: figures.attention_products(WEIGHTS[:2], 8),
    "computed_rows": lambda: figures.computed_rows([1, 2, 3], [1, 1, 1]),
    "lines": lambda: figures.lines([0, 1], {"a": [1, 2], "b": [2, 3]}, "x", "y"),
    "slope_at": lambda: figures.slope_at([0, 1, 2], [4, 1, 0], 1, -2, "x", "y"),
    "patch_map": lambda: figures.patch_map(torch.zeros(3, 8, 8), torch.rand(2, 2)),
    "forecast_points": lambda: figures.forecast_points(
        [-1.0, 0.0], [0.5, 1.0], [0.7, 2.0], [0.9, 0.1], {"last value": [1.0, 1.0]}
    ),
    "clocks": lambda: figures.clocks(torch.rand(6), 3),
    "shape_flow": lambda: figures.shape_flow(sample_shapes()),
    "token_strip": lambda: figures.token_strip(TOKENS, [1, 27, 71], "strip"),
    "token_bars": lambda: figures.token_bars(
        TOKENS, {"before": [0.5, 0.3, 0.2], "after": [0.7, 0.3, 0.0]}, "bars", TOKENS[1]
    ),
    "writing_step": lambda: figures.writing_step(
        TOKENS, [0.9, 0.06, 0.04], ["I", "am"], [0.25, 0.75], "step"
    ),
    "beam_tree": lambda: figures.beam_tree(BEAM, [-0.5, -0.3], LETTERS, "beam"),
    "training_progress": lambda: figures.training_progress(
        [4.0, 2.0], [0.1, 0.2, 0.1], WEIGHTS[:2], TOKENS[:2], TOKENS, {(1, 1)}, "head 0"
    ),
    "teacher_forcing": lambda: figures.teacher_forcing(
        TOKENS, ["p", "r", "END"], ["p", "q", "END"], fed_back=True
    ),
    "finding_map": lambda: figures.finding_map(
        {"right": [], "1 mask": ["causality", "cache"]},
        {"Ours": ("causality", "padding"), "Theirs": ("cache",)},
        [("1 mask", "cache")],
    ),
    "points_beside": lambda: figures.points_beside(
        {"right": [1.5, 1.25, 1.75], "1 mask": [0.5, 0.25, 0.375]}, "right", "last loss"
    ),
    "bands": lambda: figures.bands(
        [0, 4],
        {"right": [[2, 1], [3, 1.5]], "bug": [[2.5, 0], [4, 1.25]]},
        "step",
        "loss",
    ),
    "accuracy_by_position": lambda: figures.accuracy_by_position(
        [30, 20], [(90.0, 80.0, 95.0)] * 2, [(90.0, 80.0, 95.0), (40.0, 20.0, 60.0)]
    ),
}
LETTERS = ["START", "END", "ಅ a", "ಆ ā", "ಇ i"]
BEAM = [  # (2,) goes on twice, (3,) dies out, (4,) ends at the second step
    [((2,), -0.4), ((3,), -1.5), ((4,), -1.9)],
    [((2, 2), -0.7), ((4, 1), -1.95), ((2, 3), -1.6)],
    [((4, 1), -1.95), ((2, 2, 1), -0.8)],
]


def test_every_figure_function_has_an_example_here():
    public = {
        name
        for name, item in vars(figures).items()
        if callable(item) and not name.startswith("_")
    }
    returns = {
        name: inspect.signature(getattr(figures, name)).return_annotation
        for name in public - {"Drawing"}
    }
    assert set(returns.values()) == {go.Figure, figures.Drawing, list[str]}
    drawn = {name for name, kind in returns.items() if kind is go.Figure}
    assert drawn == set(EXAMPLES)  # for the others see test_drawings and below


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_every_figure_keeps_to(name):
    figure = json.loads(EXAMPLES[name]().to_json())
    layout = figure["layout"]
    assert len(layout["meta"]["alt"]) > 30
    assert layout["height"] > 100  # reserved on the page before the script has come
    assert "width" not in layout  # as wide as the reader's screen
    assert "bdata" not in json.dumps(
        figure
    )  # plain numbers, that a diff and a player can read
    assert len(json.dumps(layout.get("template", {}))) < 100


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_first_sentence_is_short_and_says_what_is_seen(name):
    alt = EXAMPLES[name]().layout.meta["alt"]
    first = re.split(r"(?<=[.])\s", alt)[0]
    assert 15 < len(first) <= 120, first


# Contrast, by WCAG 2.2: 4.5 to 1 for text, 3 to 1 for what has to be seen

SCALES = {
    "weight": theme.WEIGHT_SCALE,
    "signed": theme.SIGNED_SCALE,
    "change": theme.CHANGE_SCALE,
}
PAGES = {"light": ("#ffffff", "#22303c"), "dark": ("#14181e", "#dfe6ee")}  # ground, ink


def rgb(colour):
    if colour.startswith("#"):
        return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return unlabel_rgb(colour)


def luminance(colour):
    parts = [part / 255 for part in rgb(colour)[:3]]
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def over(colour, alpha, ground):
    """What is seen of a translucent colour on a ground."""
    pairs = zip(rgb(colour), rgb(ground), strict=False)
    return "rgb({}, {}, {})".format(*(alpha * c + (1 - alpha) * g for c, g in pairs))


def sampled(scale):
    return sample_colorscale(scale, [i / 255 for i in range(256)])


@pytest.mark.parametrize("name", SCALES)
def test_one_ink_is_read_on_every_value_of_a_scale(name):
    assert min(contrast(theme.INK, c) for c in sampled(SCALES[name])) >= 4.5


@pytest.mark.parametrize("name", SCALES)
def test_a_scale_gets_darker_in_one_direction_and_is_pale_at_zero(name):
    light = [luminance(colour) for colour in sampled(SCALES[name])]
    if name == "signed":
        assert light[:128] == sorted(light[:128])
        assert light[128:] == sorted(light[128:], reverse=True)
        assert min(light[127:129]) > 0.9
    else:
        assert light == sorted(light, reverse=True)
        assert light[0] > 0.9
    assert len(set(light)) > 150
    assert contrast("#ffffff", sampled(SCALES[name])[-1]) > 2  # clearly no white


def test_the_scales_and_the_frame_of_a_gold_link_are_told_apart():
    ends = [scale[-1][1] for scale in SCALES.values()]
    assert len(set(ends)) == len(ends)
    for colour in sampled(theme.WEIGHT_SCALE):
        assert contrast(theme.GOLD, colour) >= 3


@pytest.mark.parametrize("page", PAGES)
def test_every_colour_of_a_line_or_a_part_is_seen_on_the_page(page):
    ground, _ = PAGES[page]
    for colour in (*theme.LINE_COLOURS, *theme.PART_COLOURS, theme.WEIGHT):
        assert contrast(colour, ground) >= 3, colour


def texts_and_grounds(figure, ground, ink):
    """Each text of a figure as (its colour, what it stands on)."""
    font = figure["layout"].get("font", {}).get("color", ink)
    for drawn in figure["data"]:
        if drawn["type"] == "heatmap" and "texttemplate" in drawn:
            for colour in sampled(drawn["colorscale"]):
                # Without a colour of its own plotly takes #444 or white.
                yield drawn.get("textfont", {}).get("color", "#444444"), colour
        elif drawn["type"] == "bar" and "text" in drawn:
            assert drawn["textposition"] == "outside"
            yield drawn.get("textfont", {}).get("color", font), ground
        elif "text" in drawn.get("mode", ""):
            under = [
                t["fillcolor"] for t in figure["data"] if t.get("fill") == "toself"
            ]
            for fill in under:
                *colour, alpha = [float(part) for part in re.findall(r"[\d.]+", fill)]
                on = over("rgb({}, {}, {})".format(*colour), alpha, ground)
                yield drawn["textfont"].get("color", font), on
    boxes = [b for b in figure["layout"].get("shapes", []) if "fillcolor" in b]
    tints = [
        over(b["fillcolor"], b["opacity"], ground) for b in boxes if "opacity" in b
    ]
    for note in figure["layout"].get("annotations", []):
        for on in [ground, *tints]:
            yield note.get("font", {}).get("color", font), on
    hover = figure["layout"]["hoverlabel"]
    yield hover["font"]["color"], hover["bgcolor"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_text_of_a_figure_can_be_read(name, page):
    figure = json.loads(EXAMPLES[name]().to_json())
    pairs = {*texts_and_grounds(figure, *PAGES[page])}
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


# Labels

LONG = ["START", *["ಹೋಗುತ್ತಿದ್ದೇನೆ hōguttiddēne", "ಶಾಲೆ śāle", "-ಗೆ -ge"] * 4][:12]


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_label_is_turned_whose_axis_carries_tokens(name):
    for key, axis in json.loads(EXAMPLES[name]().to_json())["layout"].items():
        if key[1:].startswith("axis") and "ticktext" in axis and key[0] == "x":
            assert axis["tickangle"] == 0, key


@pytest.mark.parametrize("count", [1, 4, 8, 12])
def test_column_labels_do_not_run_into_each_other_on_a_phone(count):
    words = ["ಶಾಲೆಗೆ śālege", "-ಗೆ -ge", "ನಾನು nānu", "I"] * 3
    room = room_beside(words)
    assert 200 < room < theme.PHONE
    drawn = column_labels(words[:count], room)
    places = {}
    for index, text in enumerate(drawn):
        level = len(re.match(r"(<br>)*", text)[0])
        label = text[level:]
        middle = (index + 0.5) * room / count
        half = text_width(label) / 2
        assert middle - half >= places.get(level, -99) + GAP - 0.01, text
        places[level] = middle + half
        assert "<br>" in label or " " not in label
    assert len(places) <= 3


def test_labels_stand_on_one_level_where_there_is_room():
    assert column_labels(["ನಾನು nānu", "I"], 300) == ["ನಾನು<br>nānu", "I"]
    assert len({text.count("<br>") for text in column_labels(LONG, 240)}) > 1


def test_a_cell_says_who_reads_whom():
    figure = EXAMPLES["attention_map"]()
    cells = figure.data[0]
    assert cells.customdata[2][1] == "query ಶಾಲೆಗೆ reads key ನಾನು"
    assert cells.customdata[0][0] == "query START reads key START"
    assert cells.hovertemplate == "%{customdata}: %{z:.2f}<extra></extra>"
    plain = EXAMPLES["encoding_map"]().data[0]
    assert plain.hovertemplate.startswith("position %{y}, feature %{x}: ")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((4_398_046_511_104, "4.4 × 10¹²"), (-2e9, "-2 × 10⁹"), (3e-7, "3 × 10⁻⁷")),
        *((65_536, "65,536"), (999_999, "999,999"), (25_560_000, "25.56 million")),
        *((0, "0"), (0.12345, "0.1235"), (1e6, "1 million"), (-1.5, "-1.5")),
        *((999_999_999, "1 × 10⁹"), (0.0, "0"), (999_899_999, "999.9 million")),
    ],
)
def test_large_and_small_numbers_are_written_as_a_person_would(number, text):
    assert number_text(number) == text


def test_clocks_stand_at_noon_at_first_and_turn_clockwise():
    start = figures.clocks(sinusoidal_positional_encoding(torch.tensor([0]), 8)[0], 0)
    for hand in start.data:
        assert (hand.x[1] - hand.x[0], hand.y[1]) == pytest.approx((0, 1))
    later = figures.clocks(sinusoidal_positional_encoding(torch.tensor([1]), 8)[0], 1)
    assert all(hand.x[1] > hand.x[0] for hand in later.data)  # to the right of noon
    assert "turn clockwise" in later.layout.meta["alt"]


def test_attention_map_draws_the_weights_and_leaves_blocked_cells_open():
    figure = EXAMPLES["attention_map"]()
    drawn = [list(row) for row in figure.data[0].z]
    assert drawn == [[1.0, None, None], [0.25, 0.75, None], [0.2, 0.3, 0.5]]
    assert figure.layout.yaxis.ticktext[1] == "ನಾನು<br>nānu"
    assert "ನಾನು nānu looks most at ನಾನು nānu (0.75)" in figure.layout.meta["alt"]


def test_the_rows_of_a_heads_map_are_heads():
    figure = EXAMPLES["heads_map"]()
    assert figure.layout.yaxis.title.text == "head"
    assert list(figure.layout.yaxis.ticktext) == ["0", "1"]
    assert figure.data[0].customdata[0][1] == "head 0 reads key ನಾನು"
    alt = figure.layout.meta["alt"]
    assert "heads: 2, keys: 3. head 0 looks most at ನಾನು nānu (0.75)" in alt


def test_attention_map_frames_the_gold_links_and_counts_the_rows_that_hit_one():
    gold = {(0, 0), (1, 0), (2, 1), (2, 2)}
    figure = figures.attention_map(WEIGHTS, TOKENS, TOKENS, gold=gold)
    frames = [((b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2) for b in figure.layout.shapes]
    assert frames == [(0, 0), (0, 1), (1, 2), (2, 2)]
    assert "in 2 of the 3 rows with a frame" in figure.layout.meta["alt"]


def test_a_gold_link_is_never_an_open_cell():
    """Its frame is dark, and an open cell has the ground of the page."""
    figure = figures.attention_map(WEIGHTS, TOKENS, TOKENS, gold={(0, 2)})
    assert list(figure.data[0].z[0]) == [1.0, None, 0.0]


def test_a_map_whose_cells_are_all_open_keeps_its_rows_in_order():
    figure = figures.influence_map(torch.zeros(3, 2), TOKENS, TOKENS[:2])
    assert list(figure.layout.yaxis.range) == [2.5, -0.5]
    assert list(figure.layout.xaxis.range) == [-0.5, 1.5]


def test_attention_map_names_equal_weights_together():
    weights = torch.tensor([[0.4, 0.4, 0.2], [1 / 3, 1 / 3, 1 / 3], [0.0, 0.0, 0.0]])
    alt = figures.attention_map(weights, ["p", "q", "r"], ["a", "b", "c"]).layout.meta[
        "alt"
    ]
    assert alt.endswith(
        "p looks most at a and b (0.40); q looks at all alike (0.33); r looks at nothing."
    )


@pytest.mark.parametrize("blocked", [float("-inf"), torch.finfo(torch.float32).min])
def test_score_map_writes_minus_infinity_for_either_form_of_it(blocked):
    scores = torch.tensor([[1.0, blocked], [-2.0, 3.0]])
    figure = figures.score_map(scores, ["a", "b"], ["a", "b"])
    assert figure.data[0].z[0][1] is None
    assert [(note.x, note.y, note.text) for note in figure.layout.annotations] == [
        (1, 0, "−∞")
    ]
    assert "from -2.00 to 3.00; 1 cells are minus infinity" in figure.layout.meta["alt"]
    assert figure.data[0].zmax == 3.0


def test_influence_map_marks_what_looks_ahead_and_nothing_else():
    causal = figures.influence_map(causal_mask(3).float(), TOKENS, TOKENS)
    assert "✗" not in str(causal.data[0].text)
    assert [list(row) for row in causal.data[0].text] == [  # an open cell is empty
        ["1.00", "", ""],
        ["1.00", "1.00", ""],
        ["1.00", "1.00", "1.00"],
    ]
    alt = causal.layout.meta["alt"]
    assert alt.startswith("Influence: 6 of 9 pairs")
    assert "In none of them does the input come after the output." in alt

    change = causal_mask(3).float()
    change[0, 2] = 1e-6  # rounds to 0.00 and is a leak all the same
    leaking = figures.influence_map(change, TOKENS, TOKENS)
    marked = [["✗" in text for text in row] for row in leaking.data[0].text]
    assert marked == [[False, False, True], [False] * 3, [False] * 3]
    assert "In 1 of them the input comes after" in leaking.layout.meta["alt"]


def test_product_map_measures_what_its_words_say():
    encoding = sinusoidal_positional_encoding(torch.arange(9), 6)
    assert (
        "the values are equal"
        in figures.product_map(encoding @ encoding.T).layout.meta["alt"]
    )
    uneven = torch.eye(3)
    uneven[0, 0] = 5.0
    assert "up to 4.00 apart" in figures.product_map(uneven).layout.meta["alt"]


def test_product_map_spends_its_colours_on_the_products_that_there_are():
    encoding = sinusoidal_positional_encoding(torch.arange(24), 64)
    products = encoding @ encoding.T
    (drawn,) = figures.product_map(products).data
    assert drawn.zmin == pytest.approx(products.min().item(), abs=0.01)
    assert drawn.zmin > 15
    assert drawn.zmax == pytest.approx(32, abs=0.01)
    (signed,) = figures.product_map(products - 20).data
    assert signed.zmin == -signed.zmax


@pytest.mark.parametrize(("length", "source"), [(4, 1), (1, 5), (4, 5)])
def test_attention_products_are_drawn_to_their_size(length, source):
    weights = torch.rand(length, source).softmax(-1)
    figure = figures.attention_products(weights, 8)
    sizes = [(len(one.z), len(one.z[0])) for one in figure.data]
    first = [(length, 8), (8, source), (length, source)]
    assert sizes == [*first, (length, source), (source, 8), (length, 8)]
    assert [list(row) for row in figure.data[2].z] == [
        [round(cell, 2) for cell in row] for row in weights.tolist()
    ]
    for one in figure.data:  # cells are squares, one unit apart, inside the axes
        assert [b - a for a, b in zip(one.x, one.x[1:], strict=False)] == [1.0] * (
            len(one.x) - 1
        )
        low, high = figure.layout.xaxis.range
        assert low < min(one.x) and max(one.x) < high


def test_computed_rows_counts_what_it_draws():
    figure = figures.computed_rows([1, 2, 3], [1, 1, 1])
    cells = [cell for row in figure.data[0].z for cell in row]
    assert cells.count(1.0) == 3  # the diagonal
    assert sum(cell is not None for cell in cells) == 6
    assert figure.data[0].z[2][2] == 1.0 and figure.data[0].z[0][2] is None
    assert "6 rows without a cache, 3 with one" in figure.layout.title.text


def test_minus_zero_is_zero():
    """Which of the two comes out of rounding is up to the processor."""
    figure = figures.score_map(torch.tensor([[-0.001, 1.0]]), ["a"], ["a", "b"])
    assert str(figure.data[0].z[0][0]) == "0.0"


def test_curves_differ_by_more_than_colour():
    lines = EXAMPLES["lines"]().data
    assert lines[0].line.dash != lines[1].line.dash
    assert lines[0].line.color == theme.LINE_COLOURS[0]


def test_a_curve_is_told_by_its_ends_and_where_it_strays():
    alt = figures.lines(
        [0, 1, 65_536], {"up": [1, 2, 3], "bump": [1, 9, 0.12345]}, "x", "y"
    )
    assert alt.layout.meta["alt"] == (
        "y against x: up, bump. With x from 0 to 65,536: up from 1 to 3; "
        "bump from 1 to 0.1235, between 0.1235 and 9."
    )


def test_figures_that_are_compared_have_one_y_axis():
    curves = {"a": [0.2, 0.5]}, {"a": [0.3, 0.4]}
    for log, ends in ((False, [0.1, 10]), (True, [-1, 1])):
        axes = [
            figures.lines([1, 2], c, "x", "y", log=log, y_span=(0.1, 10)).layout.yaxis
            for c in curves
        ]
        assert list(axes[0].range) == list(axes[1].range) == ends
        assert axes[0].ticktext == axes[1].ticktext


def test_few_whole_numbers_are_named_one_by_one():
    def step(x):
        return figures.lines(x, {"a": [0.5] * len(x)}, "x", "y").layout.xaxis.dtick

    assert step([1, 2, 3]) == 1
    assert step([1, 2, 4]) is step([0.5, 1.5]) is step(range(40)) is None


def test_shape_flow_draws_every_box_and_tells_its_numbers():
    figure = EXAMPLES["shape_flow"]()
    shapes = sample_shapes()
    assert len(figure.layout.shapes) == len(shapes)
    table = figure.layout.meta["table"]
    assert {row[0]: row[2] for row in table["rows"]} == dict.fromkeys(shapes, "2 × 3")
    del shapes["merged"]
    with pytest.raises(ValueError, match="merged"):
        figures.shape_flow(shapes)


def test_token_bars_draw_every_series_and_mark_the_chosen_token():
    figure = EXAMPLES["token_bars"]()
    assert [list(bar.x) for bar in figure.data] == [[0.5, 0.3, 0.2], [0.7, 0.3, 0.0]]
    assert figure.data[0].marker.color != figure.data[1].marker.color
    assert figure.data[0].marker.pattern.shape != figure.data[1].marker.pattern.shape
    names = ["START", "→\N{NO-BREAK SPACE}ನಾನು<br>nānu", "ಶಾಲೆಗೆ<br>śālege"]
    assert list(figure.layout.yaxis.ticktext) == names
    assert list(figure.layout.yaxis.range) == [2.5, -0.5]  # the first on top
    alt = figure.layout.meta["alt"]
    assert "after, START 0.70; ನಾನು nānu 0.30" in alt
    assert alt.startswith("bars, chosen: ನಾನು nānu.")
    table = figure.layout.meta["table"]
    assert table["columns"] == ["token", "before", "after"]
    assert table["rows"][2] == [TOKENS[2], 0.2, 0.0]


def test_writing_step_says_what_is_written_and_read():
    figure = EXAMPLES["writing_step"]()
    bars, cells = figure.data
    assert list(bars.x) == [0.9, 0.06, 0.04]
    assert [list(row) for row in cells.z] == [[0.25, 0.75]]
    assert list(figure.layout.xaxis2.ticktext) == ["I", "am"]
    assert figure.layout.meta["alt"].endswith("It reads most from am (0.75).")
    assert figure.layout.meta["table"]["rows"][-1] == ["reads am", 0.75]
    low, high = figure.layout.yaxis.domain, figure.layout.yaxis2.domain
    assert low[1] < high[0]


def test_beam_tree_has_a_node_for_each_prefix_and_the_best_score_wins():
    figure = EXAMPLES["beam_tree"]()
    rows = {row[1]: row[2:] for row in figure.layout.meta["table"]["rows"]}
    assert rows["a a END"] == [0.9, "winner"]  # exp(-0.8 + 0.7)
    assert rows["a"] == [0.67, "winner"] and rows["a ā"][1] == "dropped"
    assert rows["i END"] == [0.95, "kept"] and rows["ā"] == [0.22, "dropped"]
    assert len(rows) == 7
    boxes = {t.name: len(t.x) // 6 for t in figure.data if t.fill == "toself"}
    assert boxes == {"dropped": 2, "kept": 2, "winner": 4}  # START counts
    assert "2 nodes lie on paths that were dropped" in figure.layout.meta["alt"]
    other = figures.beam_tree(BEAM, [-0.2, -0.3], LETTERS)
    assert "the winner is i END." in other.layout.meta["alt"]


def test_beam_tree_leads_every_line_from_the_foot_of_its_parent_to_its_own_head():
    figure = EXAMPLES["beam_tree"]()
    texts = next(part for part in figure.data if part.name == "nodes")
    places = dict(zip(zip(texts.x, texts.y, strict=True), texts.text, strict=True))
    lines = []
    for part in figure.data:
        if part.mode == "lines" and part.fill is None:
            xs, ys = part.x or (), part.y or ()
            lines += zip(xs[::3], ys[::3], xs[1::3], ys[1::3], strict=True)
    assert len(lines) == len(places) - 1  # START has no parent
    starts = [(x, y) for x, y, _, _ in lines]
    assert len(set(starts)) == len(starts), "two lines share a trunk"
    for x0, y0, x1, y1 in lines:
        parents = [p for p in places if abs(p[0] - x0) < 0.47 and 0 < y0 - p[1] < 0.5]
        children = [p for p in places if p[0] == x1 and 0 < p[1] - y1 < 0.5]
        assert len(parents) == len(children) == 1
        assert children[0][1] == parents[0][1] + 1


def test_beam_tree_of_four_paths_and_ten_steps_fits_a_screen():
    paths = [[((p + 2,) * n, -0.1 * n) for p in range(4)] for n in range(1, 11)]
    figure = figures.beam_tree(paths, [-1.0] * 4, [*LETTERS, "ಈ ī"])
    assert figure.layout.height <= 560
    sizes = [trace.textfont.size for trace in figure.data if "text" in trace.mode]
    assert min(sizes) >= 12


def test_beam_tree_keeps_the_column_of_a_path_that_ended():
    figure = EXAMPLES["beam_tree"]()
    nodes = {
        (text.split("<br>")[0], y): x
        for trace in figure.data
        if trace.name == "nodes"
        for text, x, y in zip(trace.text, trace.x, trace.y, strict=True)
    }
    assert nodes["END", 2] == 2  # (4, 1) ended there
    places = [(x, y) for (_, y), x in nodes.items()]
    assert len(set(places)) == len(places)


def test_decoder_flow_draws_the_shapes_of_the_trace_under_its_names():
    shapes = flow_shapes()
    figure = figures.decoder_flow(shapes)
    rows = {row[0]: row[2] for row in figure.layout.meta["table"]["rows"]}
    assert rows == {name: " × ".join(map(str, shapes[name])) for name in rows}
    assert rows["decoder.layers.0.cross_attention.weights"] == "2 × 3 × 4 × 5"
    assert rows["decoder.layers.0.feed_forward.expanded"] == "2 × 4 × 20"
    assert rows["logits"] == "2 × 4 × 13"
    written = " ".join(note.text for note in figure.layout.annotations)
    assert all(size in written for size in rows.values())
    assert "layers 1 … 2: the same shapes" in written
    assert "layers: 3" in figure.layout.meta["alt"]


def test_decoder_flow_names_one_layer_and_two():
    one, two = (
        " ".join(
            n.text for n in figures.decoder_flow(flow_shapes(k)).layout.annotations
        )
        for k in (1, 2)
    )
    assert "no other layer" in one and "the same shapes" not in one
    assert "layer 1: the same shapes" in two


def test_decoder_flow_does_not_fold_layers_that_differ():
    shapes = flow_shapes()
    shapes["decoder.layers.2.attended"] = (2, 4, 99)
    with pytest.raises(ValueError, match="differ in the shape of attended"):
        figures.decoder_flow(shapes)
    del shapes["memory"]
    shapes["decoder.layers.2.attended"] = shapes["decoder.layers.1.attended"]
    with pytest.raises(ValueError, match="memory"):
        figures.decoder_flow(shapes)


def test_stacked_bars_draw_every_part_and_write_the_totals():
    figure = sample_bars()
    assert list(figure.data[0].x) == [0, 2500, 7]
    assert len({bar.marker.color for bar in figure.data}) == 3
    assert len({bar.marker.pattern.shape for bar in figure.data}) == 3
    ends = [(n.x, n.y, n.text.strip()) for n in figure.layout.annotations]
    assert ends == [(1000, 0, "1 k"), (3000, 1, "3 k"), (7, 2, "7")]
    assert figure.layout.meta["table"]["rows"][1] == ["layer 1", 2500, 500, 0, 3000]
    alt = figure.layout.meta["alt"]
    assert "4,007 parameters in all" in alt and "largest bar is layer 1, 3,000" in alt
    with pytest.raises(ValueError, match="norms must have 2 values, got 1"):
        figures.stacked_bars({"norms": [1]}, ["a", "b"], "x")


def test_choice_map_writes_token_and_probability_and_counts_the_changes():
    figure = sample_choices()
    assert figure.data[0].text[0][1] == "ನಾನು<br>nānu<br>0.25"
    assert [list(row) for row in figure.data[0].z] == [[1.0, 0.25], [0.5, 0.75]]
    alt = figure.layout.meta["alt"]
    assert (
        "1 of 2 rows change their choice on the way." in alt
        and "row 0: ನಾನು nānu; row 1: END" in alt
    )
    assert figure.layout.meta["table"]["rows"][1] == [
        "row 1",
        "END (0.50)",
        "END (0.75)",
    ]


def test_training_progress_is_two_curves_above_the_attention_map():
    figure = EXAMPLES["training_progress"]()
    loss, rate, now, cells = figure.data
    assert list(loss.y) == [4.0, 2.0]
    assert list(rate.y) == [0.1, 0.2, 0.1]  # all of it is known beforehand
    assert (now.x, now.y) == ((2,), (0.1,))
    assert figure.layout.yaxis2.title.text == "learning<br>rate"
    strip = figure.layout.yaxis2.domain
    assert figure.layout.yaxis3.domain[1] < strip[0]
    assert strip[1] < figure.layout.yaxis.domain[0]
    assert figure.layout.xaxis.range == (0, 3)
    below = figures.attention_map(WEIGHTS[:2], TOKENS[:2], TOKENS, gold={(1, 1)})
    assert cells.z == below.data[0].z
    assert [(b.xref, b.yref) for b in figure.layout.shapes] == [("x2", "y3")]
    assert figure.layout.yaxis.domain[0] > figure.layout.yaxis3.domain[1]
    alt = figure.layout.meta["alt"]
    assert "step 2 of 3: loss from 4 to 2" in alt
    assert alt.endswith(below.layout.meta["alt"])


def test_training_progress_before_the_first_step_and_after_many():
    rates = [0.1] * 1000
    none = figures.training_progress([], rates, WEIGHTS, TOKENS, TOKENS)
    assert "step 0 of 1000: no step yet" in none.layout.meta["alt"]
    assert none.data[2].x == (0,)
    assert none.layout.meta["table"]["rows"] == [[0, None, 100.0]]
    assert [trace.visible for trace in none.data[:3]] == [False, True, True]
    many = figures.training_progress(rates, rates, WEIGHTS, TOKENS, TOKENS)
    assert len(many.data[0].x) <= 101
    assert many.data[0].x[-1] == 999


def test_teacher_forcing_marks_wrong_choices_and_feeds_back_only_when_told():
    arrows = {}
    for fed_back in (False, True):
        figure = figures.teacher_forcing(
            TOKENS, ["p", "r", "END"], ["p", "q", "END"], fed_back
        )
        texts = [note.text for note in figure.layout.annotations]
        assert [text for text in texts if "✗" in text] == ["r<br>✗"]
        assert "2 of 3 choices are right." in figure.layout.meta["alt"]
        arrows[fed_back] = sum(n.showarrow for n in figure.layout.annotations)
        fed = [n for n in figure.layout.annotations if n.showarrow and n.y % 1 < 0.2]
        assert {n.ax for n in fed} == {1.3 if fed_back else 2.5}  # choice or label
    assert arrows == {False: 5, True: 5}  # one in each row, one from row to row


def test_accuracy_by_position_draws_the_intervals_and_names_the_widest_gap():
    figure = EXAMPLES["accuracy_by_position"]()
    forced, free = figure.data
    assert list(free.y) == [90.0, 40.0]
    assert list(free.error_y.array) == [5.0, 20.0]
    assert list(free.error_y.arrayminus) == [10.0, 20.0]
    assert forced.marker.symbol != free.marker.symbol
    assert figure.layout.meta["alt"].startswith(
        "Token accuracy: the gap is widest at position 1, 50 points."
    )


def test_rows_are_named_by_the_token_that_they_predict():
    assert predicting_rows(["ನಾನು nānu", "b"]) == [
        "→\u00a0ನಾನು nānu",
        "→\u00a0b",
        "→\u00a0END",
    ]
