"""The page's own forward pass against PyTorch: every activation, on sentences of every kind.

PyTorch runs here and now, so no stored answer can be older than the model. Its tensors go
to the browser as one safetensors file, which the page's reader of weights reads too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from playwright.sync_api import Browser, Page, Route

from decoderbook.page_model.__main__ import FRONT_PAGE, MAX_BYTES, RUNS, WEIGHTS, main
from decoderbook.page_model.recording import record_run
from decoderbook.page_model.weights import page_weights, sentences
from tinydecoder.checkpoint import Translator, load_pretrained
from tinydecoder.corpus import kannada
from tinydecoder.generation import beam_steps, generate
from tinydecoder.sampling import next_token_probabilities
from tinydecoder.text.tokenizer import END, PAD, START, UNK
from tinydecoder.tracing import trace

SCRIPTS = Path(__file__).parents[1] / "decoderbook" / "site" / "static" / "decoder"
ADDRESS = "http://page.invalid/"
LIMIT = 40

# Names of tensors here, and where the page's state has them (layer n).
ROWS = {
    "decoder.layers.{n}.x": "layers[n].x",
    "decoder.layers.{n}.attended": "layers[n].attended",
    "decoder.layers.{n}.informed": "layers[n].informed",
}


@pytest.fixture(scope="module")
def translator() -> Translator:
    return load_pretrained()


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
def page(
    browser: Browser, translator: Translator, cases: list[dict[str, Any]]
) -> Iterator[Page]:
    """A page with the scripts beside it, both files of weights, and PyTorch's tensors."""
    golden = {
        f"{i}/{name}": value.clone().contiguous()
        for i, case in enumerate(cases)
        for name, value in _reference(translator, case).items()
    }
    files = {
        "half": page_weights(translator),
        "single": page_weights(translator, torch.float32),
        "golden": safetensors.torch.save(golden),
    }

    def answer(route: Route) -> None:
        name = route.request.url.removeprefix(ADDRESS)
        if name.endswith(".js"):
            text = (SCRIPTS / name).read_text("utf-8")
            route.fulfill(body=text, content_type="text/javascript")
        elif name in files:
            route.fulfill(body=files[name])
        else:
            route.fulfill(body="<!DOCTYPE html>", content_type="text/html")

    context = browser.new_context()
    page = context.new_page()
    page.route("**/*", answer)
    page.goto(ADDRESS)
    page.evaluate(SETUP)
    yield page
    context.close()


SETUP = """
async () => {
  const modules = await Promise.all(["engine", "language", "choose"].map((name) => import(`/${name}.js`)));
  Object.assign(window, ...modules);
  const file = async (name) => readTensors(await (await fetch(name)).arrayBuffer());
  window.golden = (await file("golden")).tensors;
  for (const name of ["half", "single"]) {
    const { tensors, metadata } = await file(name);
    window.words = JSON.parse(metadata.decoder);
    window[name] = new Model(tensors, words.config);
  }
  window.language = new Language(words);
}
"""

# The largest difference from PyTorch by name, over all cases; and the rows whose arg-max differs.
COMPARE = """
([model, cases]) => {
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
  // (T, heads, S) here is (heads, T, S) there; a row written before others has no column for them, PyTorch's has zeros.
  const wide = (row, attention) => Array.from({ length: attention.keys.length }, (_, j) => row[j] ?? 0);
  const weights = (attention) =>
    attention.rows[0].weights.flatMap((_, h) => attention.rows.map((row) => wide(row.weights[h], attention)));
  cases.forEach(({ source, greedy }, i) => {
    const encoded = window[model].encode(source);
    let state = window[model].begin(encoded);
    for (const id of [START, ...greedy]) state = window[model].read(state, [id]);
    check(i, "memory", encoded.memory);
    encoded.layers.forEach((layer, n) => check(i, `encoder.layers.${n}.self_attention.weights`, weights(layer)));
    state.layers.forEach((layer, n) => {
      for (const name of ["x", "attended", "informed"]) check(i, `decoder.layers.${n}.${name}`, layer[name]);
      check(i, `decoder.layers.${n}.self_attention.weights`, weights(layer.self));
      check(i, `decoder.layers.${n}.cross_attention.weights`, weights(layer.cross));
    });
    check(i, "hidden", state.hidden);
    check(i, "logits", state.logits);
    const { data } = golden[`${i}/logits`];
    state.logits.forEach((row, t) => (otherToken += argmax(row) !== argmax(data.subarray(t * row.length, (t + 1) * row.length))));
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
    found = page.evaluate(COMPARE, ["single", _plain(cases)])
    assert len(found["differences"]) == 9
    assert max(found["differences"].values()) < 1e-4, found["differences"]
    assert min(found["compared"].values()) > 1_000
    assert found["otherToken"] == 0


def test_in_float16_every_choice_is_the_same(page: Page, cases) -> None:
    found = page.evaluate(COMPARE, ["half", _plain(cases)])
    assert found["otherToken"] == 0
    weights = {k: v for k, v in found["differences"].items() if "weights" in k}
    assert len(weights) == 3
    assert max(weights.values()) < 0.005, weights
