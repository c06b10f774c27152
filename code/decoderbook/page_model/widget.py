"""The decoder at work in a notebook: live where a kernel runs, and a place for the published
page to run it where none does.
"""

import json
import reprlib
from typing import Any
from urllib.parse import urlencode

import anywidget
import torch
import traitlets
from IPython.display import display

from decoderbook.page_model.bundle import MODULES, one_script
from decoderbook.page_model.choices import bounds_of, check_choice
from decoderbook.page_model.recording import Run, record_run
from decoderbook.page_model.still import Still, chances_still, map_still, reading_still
from decoderbook.page_model.weights import best_head, page_weights, sentences
from tinydecoder.checkpoint import Translator
from tinydecoder.model import evaluating
from tinydecoder.text.tokenizer import START
from tinydecoder.tracing import trace

PLACE_TYPE = "application/vnd.decoderbook.decoder"
VIEW_TYPE = "application/vnd.jupyter.widget-view+json"
PANELS = ("sentence", "next", "switches", "attention", "sum")
SWITCHES = (
    *("causal", "padding", "position", "scale"),
    *("self", "cross", "feed", "encoder"),
)
# The page's colours by the names that the notebook's own theme has.
COLOURS = """.decoder {
  --pst-color-primary: var(--jp-brand-color1, #0063b1);
  --pst-color-primary-text: #fff;
  --pst-color-background: var(--jp-layout-color0, #fff);
  --pst-color-surface: var(--jp-layout-color2, #eee);
  --pst-color-text-base: var(--jp-content-font-color1, #111);
  --pst-color-text-muted: var(--jp-content-font-color2, #555);
  --pst-color-border: var(--jp-border-color1, #bbb);
}
"""


class Decoder(anywidget.AnyWidget):
    """The widget itself. choice: what a reader has chosen, in the names of `session.js`;
    it changes with every step, and what is assigned to it is shown.
    """

    weights = traitlets.Bytes().tag(sync=True)
    panels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    asks = traitlets.List(traitlets.Unicode()).tag(sync=True)
    choice = traitlets.Dict().tag(sync=True)
    _esm = f"export default {one_script('widget')};\n"
    _css = COLOURS + (MODULES / "decoder.css").read_text("utf-8")


def decoder_at_work(
    translator: Translator, text: str, panels: str = "", asks: str = "", **choice: Any
) -> Decoder:
    """Show the decoder at a sentence of the corpus, and return the widget.

    panels: some of sentence, next, switches, attention and sum; all if none are named.
    asks: some of SWITCHES, which the text around asks a reader to use; they stand right
    above the map or the sentence, and the others are folded.
    choice: where it begins, such as kind="self", layer=0, head=2, at=3, causal=False;
    see `choices.BOUNDS`. At at=n, n tokens are written. In the returned widget, choice
    follows each step: choice["ids"] are the tokens chosen, choice["at"] how many count.

    Raises ValueError for a text that is no sentence of `page_model.weights.sentences`,
    an unknown panel or switch, a choice that cannot be, or a translator whose words the page does
    not know.
    """
    if not isinstance(translator, Translator):
        raise ValueError(
            f"translator must be what load_pretrained returns, got {reprlib.repr(translator)}"
        )
    known = {" ".join(sentence.english): sentence for sentence in sentences()}
    if not isinstance(text, str) or text not in known:
        raise ValueError(
            f"text must be one of the page's sentences, such as {next(iter(known))!r}, "
            f"got {reprlib.repr(text)}"
        )
    if not isinstance(panels, str):
        raise ValueError(
            f"panels must be a text such as 'sentence next', got {reprlib.repr(panels)}"
        )
    if unknown := set(panels.split()) - set(PANELS):
        raise ValueError(f"panels must be among {PANELS}, got {sorted(unknown)}")
    if not isinstance(asks, str) or set(asks.split()) - set(SWITCHES):
        raise ValueError(f"asks must be some of {SWITCHES}, got {reprlib.repr(asks)}")
    if asks and panels and "switches" not in panels.split():
        raise ValueError("asks needs the panel 'switches'")
    run = record_run(translator, known[text])
    begun = {"text": text, **choice}
    begun.setdefault("ids", [token["id"] for token in run["tokens"]])
    sizes = translator.model.config, translator.target_tokenizer.vocab_size
    check_choice({"ids": begun["ids"]}, bounds_of(*sizes, 0))
    check_choice(choice, bounds_of(*sizes, len(begun["ids"])))
    begun.setdefault("at", len(begun["ids"]))
    widget = Decoder(
        weights=page_weights(translator),
        panels=panels.split(),
        asks=asks.split(),
        choice=begun,
    )
    still = _still(translator, run, panels, begun)
    place = {"panels": panels, "choice": _address(begun), "note": still.note}
    place |= {"asks": asks} if asks else {}
    place |= {"glosses": True} if still.glosses else {}
    bundle = {
        VIEW_TYPE: widget.get_view_spec(),
        PLACE_TYPE: json.dumps(place, ensure_ascii=False),
        "image/svg+xml": still.svg,
        "text/plain": still.words,
    }
    display(bundle, raw=True)
    return widget


def _still(
    translator: Translator, run: Run, panels: str, choice: dict[str, Any]
) -> Still:
    """The picture of what the reader is to see first."""
    shown = panels.split()
    if choice.get("kind") == "self":
        best = best_head(translator)
        layer, head = (
            best[i] if choice.get(name) is None else choice[name]
            for i, name in enumerate(("layer", "head"))
        )
        source = translator.source_ids([run["english"]])
        ids = [START, *(token["id"] for token in run["tokens"][:-1])]
        with evaluating(translator.model), torch.inference_mode():
            found = trace(translator.model, source, torch.tensor([ids]))
        weights = found[f"decoder.layers.{layer}.self_attention.weights"].value
        return map_still(run, weights[0, head], layer, head)
    if "next" in shown:
        return chances_still(run, min(choice["at"], len(run["tokens"]) - 1))
    return reading_still(run)


def _address(choice: dict[str, Any]) -> str:
    """The choice as an address has it; `choice.js` reads it."""
    return urlencode(
        {name: _value(value) for name, value in choice.items() if value is not None}
    )


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list | tuple):
        return ".".join(str(item).replace(".", "-") for item in value)
    return str(value)
