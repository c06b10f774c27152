"""The page's own forward pass against PyTorch: every activation, on sentences of every kind,
with everything switched on and with each thing switched off.

PyTorch runs here and now, so no stored answer can be older than the model. Its tensors go
to the browser as one safetensors file, which the page's reader of weights reads too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import safetensors.torch
import torch
from decoder_page import decoder_page, pretrained
from playwright.sync_api import Browser, Page
from torch import Tensor

import tinydecoder.attention
import tinydecoder.embedding
import tinydecoder.functional
import tinydecoder.model
from decoderbook.page_model.choices import BOUNDS
from decoderbook.page_model.weights import sentences
from decoderbook.page_model.widget import _address, decoder_at_work
from tinydecoder.checkpoint import Translator
from tinydecoder.generation import generate
from tinydecoder.text.tokenizer import PAD, START, UNK
from tinydecoder.tracing import trace

LIMIT = 40

# Names of tensors here, and where the page's state has them (layer n).
ROWS = {
    "decoder.layers.{n}.x": "layers[n].x",
    "decoder.layers.{n}.attended": "layers[n].attended",
    "decoder.layers.{n}.informed": "layers[n].informed",
}


@pytest.fixture(scope="module")
def translator() -> Translator:
    return pretrained()


@pytest.fixture(scope="module")
def cases(translator: Translator) -> list[dict[str, Any]]:
    """At least fifty sources with a target each: the longest and the shortest, unknown
    words, padding, words in an order that no corpus has.
    """
    known = sorted(sentences(), key=lambda s: len(s.english))
    texts = [" ".join(s.english) for s in (*known[:10], *known[-20:], *known[40:60])]
    texts += ["water", "the", "zebra", "I am quickly going to the zoo", "book " * 30]
    cases = [_case(translator, text, pads=0) for text in texts]
    return cases + [_case(translator, text, pads=3) for text in texts[:6]]


def _case(translator: Translator, text: str, pads: int) -> dict[str, Any]:
    source = translator.source_ids([text])
    source = torch.cat([source, torch.full((1, pads), PAD)], dim=1)
    (greedy,) = generate(translator.model, source, limit=LIMIT)
    return {"text": text, "pads": pads, "source": source, "greedy": list(greedy.ids)}


def _reference(translator: Translator, case: dict[str, Any]) -> dict[str, torch.Tensor]:
    """Every activation that the page keeps, as PyTorch has it."""
    target = torch.tensor([[START, *case["greedy"]]])
    with torch.inference_mode():
        found = trace(translator.model.eval(), case["source"], target)
        logits = translator.model(case["source"], target)
    names = ["memory", "hidden"]
    for n in range(translator.model.config.n_layers):
        names += [name.format(n=n) for name in ROWS]
        for attention in ("encoder.{}.self", "decoder.{}.self", "decoder.{}.cross"):
            side, kind = attention.split(".{}.")
            names.append(f"{side}.layers.{n}.{kind}_attention.weights")
    return {name: found[name].value[0] for name in names} | {"logits": logits[0]}


@pytest.fixture(scope="module")
def files(cases: list[dict[str, Any]]) -> dict[str, bytes]:
    """What is served beside the scripts: PyTorch's tensors, under the name of a case."""
    return {"golden": _golden(cases)}


def _golden(cases: list[dict[str, Any]]) -> bytes:
    tensors = {
        f"{i}/{name}": value.clone().contiguous()
        for i, case in enumerate(cases)
        for name, value in _reference(pretrained(), case).items()
    }
    return safetensors.torch.save(tensors)


@pytest.fixture(scope="module")
def page(browser: Browser, files: dict[str, bytes]) -> Iterator[Page]:
    with decoder_page(browser, files) as page:
        yield page


# The largest difference from PyTorch by name, over all cases; and the rows whose arg-max differs.
COMPARE = """
async ([model, cases, name, off]) => {
  const { tensors: golden } = await file(name), switches = { ...NORMAL, ...off };
  const differences = {}, compared = {};
  let otherToken = 0;
  const argmax = (row) => row.reduce((best, value, i) => (value > row[best] ? i : best), 0);
  const check = (i, name, rows) => {
    const { shape, data } = golden[`${i}/${name}`];
    const flat = rows.flatMap((row) => [...row]);
    if (flat.length !== data.length) throw new Error(`${name}: ${flat.length} numbers, not ${shape}`);
    const worst = flat.reduce((most, value, k) => Math.max(most, Math.abs(value - data[k])), 0);
    const kind = name.replace(/\\.\\d+/, "");
    differences[kind] = Math.max(differences[kind] ?? 0, worst);
    compared[kind] = (compared[kind] ?? 0) + flat.length;
  };
  // (T, heads, S) here is (heads, T, S) there; a row has no column for later ones, PyTorch's has zeros.
  const wide = (row, attention) => Array.from({ length: attention.keys.length }, (_, j) => row[j] ?? 0);
  const weights = (attention) =>
    attention.rows[0].weights.flatMap((_, h) => attention.rows.map((row) => wide(row.weights[h], attention)));
  cases.forEach(({ source, greedy }, i) => {
    const encoded = window[model].encode(source, switches);
    let state = window[model].begin(encoded);
    for (const id of [START, ...greedy]) state = window[model].read(state, [id]);
    check(i, "memory", encoded.memory);
    const inEncoder = (n) => `encoder.layers.${n}.self_attention.weights`;
    encoded.layers.forEach((layer, n) => check(i, inEncoder(n), weights(layer)));
    state.layers.forEach((layer, n) => {
      for (const name of ["x", "attended", "informed"]) check(i, `decoder.layers.${n}.${name}`, layer[name]);
      check(i, `decoder.layers.${n}.self_attention.weights`, weights(layer.self));
      check(i, `decoder.layers.${n}.cross_attention.weights`, weights(layer.cross));
    });
    check(i, "hidden", state.hidden);
    check(i, "logits", state.logits);
    const { data } = golden[`${i}/logits`];
    const torch = (t, size) => data.subarray(t * size, (t + 1) * size);
    state.logits.forEach((row, t) => (otherToken += argmax(row) !== argmax(torch(t, row.length))));
  });
  return { differences, compared, otherToken };
}
"""


def _plain(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**case, "source": case["source"][0].tolist()} for case in cases]


def test_there_are_enough_cases_of_every_kind(cases: list[dict[str, Any]]) -> None:
    assert len(cases) >= 50
    assert sum(case["pads"] > 0 for case in cases) >= 5
    assert sum(UNK in case["source"][0].tolist() for case in cases) >= 2
    lengths = {case["source"].size(1) for case in cases}
    assert min(lengths) == 2 and max(lengths) >= 30


def test_in_float32_it_is_pytorch_to_1e_4(page: Page, cases) -> None:
    found = page.evaluate(COMPARE, ["single", _plain(cases), "golden", {}])
    assert len(found["differences"]) == 9
    assert max(found["differences"].values()) < 1e-4, found["differences"]
    assert min(found["compared"].values()) > 1_000
    assert found["otherToken"] == 0


def test_in_float16_every_choice_is_the_same(page: Page, cases) -> None:
    found = page.evaluate(COMPARE, ["half", _plain(cases), "golden", {}])
    assert found["otherToken"] == 0
    weights = {k: v for k, v in found["differences"].items() if "weights" in k}
    assert len(weights) == 3
    assert max(weights.values()) < 0.005, weights


def _no_causal_mask(length: int, *_: Any) -> Tensor:
    return torch.ones(length, length, dtype=torch.bool)


def _no_padding_mask(ids: Tensor, _: int) -> Tensor:
    return torch.ones(len(ids), 1, 1, ids.size(1), dtype=torch.bool)


def _without_scale(query: Tensor, *rest: Any) -> tuple[Tensor, Tensor]:
    attend = tinydecoder.functional.scaled_dot_product_attention
    return attend(query * math.sqrt(query.size(-1)), *rest)


def _no_encoding(length: int, d_model: int, dtype: Any, device: Any) -> Tensor:
    return torch.zeros(length, d_model, dtype=dtype, device=device)


# Each switch of the page: the same in PyTorch, as a name to put another function in.
PATCHES: dict[str, tuple[Any, str, Callable]] = {
    "causal": (tinydecoder.model, "causal_mask", _no_causal_mask),
    "padding": (tinydecoder.model, "padding_mask", _no_padding_mask),
    "position": (tinydecoder.embedding, "_encoding_table", _no_encoding),
    "scale": (
        tinydecoder.attention,
        "scaled_dot_product_attention",
        _without_scale,
    ),
}
PATHS = {
    "self": "decoder.layers.{}.self_attention",
    "cross": "decoder.layers.{}.cross_attention",
    "encoder": "encoder.layers.{}.self_attention",
}
SWITCHES = [
    *({name: False} for name in PATCHES),
    *({"off": [head]} for head in ("self.0.3", "cross.1.2", "encoder.0.1")),
    {"off": ["self.1.0", "self.1.3", "cross.0.0", "encoder.1.2"]},
    {"off": ["cross"]},
    {"off": ["feed"]},
    {"off": ["self", "encoder.0.2"]},
    {"causal": False, "position": False, "scale": False, "off": ["cross.1.1"]},
]


def _silence(model: torch.nn.Module, name: str) -> Callable[[], None]:
    """Put a head's output to zero, or that of all heads of a kind; the call undoes it."""
    if name == "feed":
        return _silence_feed_forward(model)
    kind, *one = name.split(".")
    d_head = model.config.d_model // model.config.n_heads
    columns = slice(None)
    layers = range(model.config.n_layers)
    if one:
        layer, head = map(int, one)
        columns, layers = slice(head * d_head, (head + 1) * d_head), (layer,)

    def zero(_: Any, inputs: tuple[Tensor]) -> tuple[Tensor]:
        merged = inputs[0].clone()
        merged[..., columns] = 0
        return (merged,)

    undo = ExitStack()
    for layer in layers:
        attention = model.get_submodule(PATHS[kind].format(layer))
        hook = attention.output_projection.register_forward_pre_hook(zero)
        undo.callback(hook.remove)
    return undo.close


def _silence_feed_forward(model: torch.nn.Module) -> Callable[[], None]:
    """Let the decoder's feed-forward networks change nothing; the call undoes it."""
    undo = ExitStack()
    for layer in range(model.config.n_layers):
        network = model.get_submodule(f"decoder.layers.{layer}.feed_forward")
        hook = network.register_forward_hook(lambda _, __, out: torch.zeros_like(out))
        undo.callback(hook.remove)
    return undo.close


@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_a_switch_does_what_it_does_in_pytorch(
    page: Page, files, cases, monkeypatch, switches
) -> None:
    some = [*cases[::9], *cases[-4:]]
    with monkeypatch.context() as patch, ExitStack() as stack:
        for name in switches.keys() - {"off"}:
            patch.setattr(*PATCHES[name])
        for name in switches.get("off", []):
            stack.callback(_silence(pretrained().model, name))
        files["switched"] = _golden(some)
    found = page.evaluate(COMPARE, ["single", _plain(some), "switched", switches])
    assert len(found["differences"]) == 9
    assert max(found["differences"].values()) < 1e-4, found["differences"]
    assert found["otherToken"] == 0
    usual = page.evaluate(COMPARE, ["single", _plain(some), "switched", {}])
    assert usual["differences"]["logits"] > 0.1


def test_what_is_patched_is_whole_again(page: Page, cases, files) -> None:
    files["again"] = _golden(cases[:3])
    found = page.evaluate(COMPARE, ["single", _plain(cases[:3]), "again", {}])
    assert max(found["differences"].values()) < 1e-4


# Values at and beyond the bounds of each part of a choice.
WHOLE = [
    -1,
    0,
    1,
    2,
    6,
    7,
    8,
    9,
    10,
    32,
    33,
    60,
    61,
    998,
    999,
    1000,
    9999,
    10000,
    10**9,
]
REAL = [0.0, 0.049, 0.05, 0.099, 0.1, 0.5, 1.0, 1.001, 2.999, 3.0, 3.001, 99.5]
YES_OR_NO = [True, False, "no"]
HEADS = ["self", "cross", "encoder", "self.0.9", "nope", "self.0", "self.10.0", "self."]
HEADS += ["feed", "feed.0.1", "feedx"]
TRIED: dict[str, list[Any]] = {
    **dict.fromkeys(("at", "topK", "seed", "width", "pads"), WHOLE),
    **dict.fromkeys(("layer", "head", "row", "column"), WHOLE),
    **dict.fromkeys(("temperature", "topP"), REAL),
    **dict.fromkeys(("causal", "padding", "position", "scale"), YES_OR_NO),
    "mode": ["greedy", "sample", "beam", "reference", "nonsense", ""],
    "kind": ["cross", "self", "encoder", "nope", ""],
    "ids": [[], [0], [9999], [10000], [-1], [5] * 32, [5] * 33, ["a"]],
    "off": [[], *([name] for name in HEADS), ["self"] * 24, ["self"] * 25],
}


def test_a_notebook_and_a_page_can_choose_the_same(page: Page) -> None:
    assert TRIED.keys() == BOUNDS.keys()
    cases = [(name, value) for name in TRIED for value in TRIED[name]]
    read = page.evaluate(
        "(addresses) => addresses.map((one) => fromAddress(one).ignored.length === 0)",
        # Only tokens that are chosen can count.
        [
            _address({"ids": [5] * 32, name: value} if name == "at" else {name: value})
            for name, value in cases
        ],
    )
    differ = [
        (name, value, taken)
        for (name, value), taken in zip(cases, read, strict=True)
        if BOUNDS[name].holds(value) != taken
    ]
    assert differ == []
    accepted = [name for (name, _), taken in zip(cases, read, strict=True) if taken]
    assert set(accepted) == set(BOUNDS)
    parts = page.evaluate("() => Object.keys(BEGINNING)")
    assert set(parts) == {"text", *BOUNDS}


SENTENCE = "I am going to school"


@pytest.mark.parametrize(
    ("choice", "says"),
    [
        (
            {"mode": "nonsense"},
            "mode must be one of greedy, sample, .*, got 'nonsense'",
        ),
        ({"foo": 1}, "'foo' is no choice; there are ids, at, mode"),
        ({"at": -1}, "at must be a whole number from 0 to 7, got -1"),
        ({"at": 8}, "at must be a whole number from 0 to 7, got 8"),
        ({"at": True}, "at must be a whole number"),
        ({"ids": "abc"}, "ids must be a list of at most 32 token ids from 2 to 158"),
        ({"ids": None}, "ids must be a list .* got None"),
        ({"ids": [5, 159]}, "ids must be a list"),
        ({"ids": [5, 6], "at": 3}, "at must be a whole number from 0 to 2, got 3"),
        ({"temperature": 0}, r"temperature must be a number from 0\.1 to 3 .* got 0"),
        ({"width": 10**9}, "width must be a whole number from 1 to 6, got 1000000000"),
        ({"pads": 10**6}, "pads must be a whole number from 0 to 8"),
        ({"off": ["nope"]}, "off must be a list .* got \\['nope'\\]"),
        ({"off": ["self.2.0"]}, "of 2 layers with 4 heads, got"),
        ({"kind": "nope"}, "kind must be one of cross, self, encoder, got 'nope'"),
        ({"causal": "off"}, "causal must be True or False, got 'off'"),
        ({"head": -1}, "head must be a whole number from 0 to 3, or None, got -1"),
        ({"kind": "self", "layer": 9}, "layer must be a whole number from 0 to 1"),
        ({"kind": "self", "head": 99}, "head must be .* got 99"),
        ({"panels": None}, "panels must be a text such as 'sentence next', got None"),
        ({"panels": ["sum"]}, "panels must be a text"),
        ({"panels": "all"}, "panels must be among"),
        ({"asks": "nope"}, r"asks must be some of \('causal', .* got 'nope'"),
        ({"asks": ["causal"]}, "asks must be some of"),
        ({"panels": "next", "asks": "self"}, "asks needs the panel 'switches'"),
        (
            {"text": []},
            r"text must be one of the page's sentences, such as .* got \[\]",
        ),
        ({"translator": None}, "translator must be what load_pretrained returns"),
    ],
    ids=str,
)
def test_what_cannot_be_chosen_is_refused(choice, says) -> None:
    asked = {"translator": pretrained(), "text": SENTENCE} | choice
    with pytest.raises(ValueError, match=says):
        decoder_at_work(**asked)
