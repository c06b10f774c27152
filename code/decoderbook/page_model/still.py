"""Still pictures of a translation: they stand where no script runs: on paper, on a code host,
in a page not yet touched.

    reading_still   English words above, Kannada tokens below, and what each token read
    map_still       what each row of a self-attention head read, as a triangle
    chances_still   how likely each token was to come next
"""

import re
from html import escape
from typing import NamedTuple

from torch import Tensor

from decoderbook.page_model.recording import Run

GAP, WORDS_Y, TOKENS_Y, HEIGHT = 15, 24, 120, 190
MIN_WIDTH = 30  # px of a box
WORD, LATIN, GLOSS = 8.5, 7, 7  # px of a letter in an English word, below a token
# px of Kannada at size 17: a letter, and what some letters and vowel signs add to it. A
# consonant behind a virama hangs below the one before.
KANNADA = {
    "[\u0c85-\u0cb9](?<!\u0ccd.)": 15,
    "[\u0cbe\u0cc0-\u0cc2\u0cc7\u0cca\u0ccb]|\u0ccd(?![\u0c95-\u0cb9])": 8,
    "[\u0cc0\u0cc7\u0cca\u0ccb]": 9,
    "[\u0cae\u0caf]": 8,
    "[-\u0c82]": 4,
}
GROW = 1.4  # how much larger than on a phone a picture may be where there is room
SEEN = 0.05  # a smaller weight has no line
BLUE = "#56B4E9"
CELL, LABEL, COLUMNS = 42, 66, 42  # px of a map: a cell, the rows' names, the columns'
INK = "#111111"  # on a cell, whose ground is light on a dark page too
BAR, BARS = 36, 250  # px of a bar's line, and of a bar for 1


class Still(NamedTuple):
    """A picture, and the same in words."""

    svg: str
    words: str
    note: str  # what kind of picture it is, for the page
    glosses: bool = False  # whether it has words such as DAT, which the page explains


def _drawn(
    parts: list[str],
    size: tuple[float, float],
    words: str,
    note: str,
    grow: float = 1,
    glosses: bool = False,
) -> Still:
    width, height = size
    start = (
        '<svg class="decoder-still" xmlns="http://www.w3.org/2000/svg" role="img" '
        f'aria-label="{escape(words)}" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'style="max-width:{grow * width:.0f}px;width:100%" fill="currentColor" text-anchor="middle" '
        "font-family=\"'Noto Sans Kannada', system-ui, sans-serif\">"
    )
    return Still("".join([start, *parts, "</svg>"]), words, note, glosses)


def reading_still(run: Run) -> Still:
    """A recorded run; its ink is that of the text around it."""
    words = _row([WORD * len(word) for word in run["words"]])
    tokens = _row([_token_width(token) for token in run["tokens"]])
    width = max(words[-1][1], tokens[-1][1])
    above = [(width - words[-1][1]) / 2 + middle for middle, _ in words]
    below = [(width - tokens[-1][1]) / 2 + middle for middle, _ in tokens]
    parts = []
    for i, (x, token) in enumerate(zip(below, run["tokens"], strict=True)):
        for over, weight in zip(above, token["attention"], strict=True):
            if weight >= SEEN:
                start = f"M{x:.0f},{TOKENS_Y}C{x:.0f},{TOKENS_Y - 50}"
                path = f"{start} {over:.0f},{WORDS_Y + 55} {over:.0f},{WORDS_Y + 10}"
                parts.append(
                    f'<path d="{path}" pathLength="1" style="--i:{i}" fill="none" stroke="{BLUE}" '
                    f'stroke-width="{1 + 5 * weight:.1f}" stroke-opacity="{0.3 + 0.6 * weight:.2f}"/>'
                )
    for x, word in zip(above, run["words"], strict=True):
        parts.append(_text(x, WORDS_Y, 15, word))
    for x, token in zip(below, run["tokens"], strict=True):
        parts += _token(x, TOKENS_Y + 24, token)
    note = "Still: which English word each Kannada token read most."
    return _drawn(parts, (width, HEIGHT), _readings(run), note, GROW, glosses=True)


def map_still(run: Run, weights: Tensor, layer: int, head: int) -> Still:
    """One head's self-attention over a recorded run; weights: (T, T)."""
    tokens = run["tokens"]
    start = {"token": "START", "latin": "", "gloss": ""}
    columns = [start, *tokens[:-1]]
    right = LABEL + CELL * len(columns)
    parts, said = [], []
    for j, token in enumerate(columns):
        x = LABEL + CELL * (j + 0.5)
        parts.append(_text(x, 16, 12, token["token"], "kn"))
        parts.append(_text(x, 33, 12, token["latin"], style="italic"))
    for i, (token, row) in enumerate(zip(tokens, weights.tolist(), strict=True)):
        y = COLUMNS + CELL * i
        right_of, first = LABEL - 6, y + (18 if token["latin"] else 26)
        parts.append(_text(right_of, first, 12, token["token"], "kn", anchor="end"))
        latin = token["latin"]
        parts.append(_text(right_of, y + 34, 12, latin, style="italic", anchor="end"))
        for j, weight in enumerate(row):
            box = f'x="{LABEL + CELL * j + 1}" y="{y + 1}" width="{CELL - 2}" height="{CELL - 2}"'
            paint = (
                f'fill="{_shade(weight)}" stroke="currentColor" stroke-opacity="0.25"'
            )
            text = f"{weight:.2f}".removeprefix("0") if j <= i else "–"
            parts.append(f"<rect {box} {paint}/>" if j <= i else "")
            ink = INK if j <= i else ""
            written = _text(LABEL + CELL * (j + 0.5), y + 25, 12, text, ink=ink)
            faint = '<text class="faint"' if j <= i and weight < SEEN else "<text"
            parts.append(written.replace("<text", faint))
        most = max(range(len(row)), key=row.__getitem__)
        read = columns[most]["latin"] or columns[most]["token"]
        said.append(f"the row of {token['latin'] or token['token']} reads {read} most")
    words = (
        f"Self-attention of layer {layer}, head {head}, as a triangle: no row reads what comes after it. "
        f"{'; '.join(said)}."
    )
    note = f"Still: the masked self-attention of layer {layer}, head {head}. Rows predict, columns are read."
    size = (right + 6, COLUMNS + CELL * len(tokens) + 4)
    return _drawn(parts, size, words, note, grow=1.2)


def chances_still(run: Run, at: int) -> Still:
    """The likeliest tokens after `at` tokens of a recorded run."""
    step, before = run["tokens"][at], run["tokens"][:at]
    latin = [token["latin"] or token["token"] for token in before]
    prefix = " ".join(["START", *latin])
    parts = [_text(4, 20, 14, f"{prefix} →", anchor="start", style="italic")]
    for i, other in enumerate(step["candidates"]):
        y = 36 + BAR * i
        name = " ".join(filter(None, (other["token"], other["latin"])))
        parts.append(_text(4, y + 23, 14, name, "kn", anchor="start"))
        length = f'x="150" y="{y + 8}" width="{max(1, BARS * other["probability"]):.0f}" height="20"'
        parts.append(f'<rect {length} fill="{BLUE}"/>')
        chance = f"{other['probability']:.3f}"
        parts.append(_text(BARS + 160, y + 23, 13, chance, anchor="start"))
    best = step["candidates"][0]
    words = (
        f"{run['english']}. After {prefix} the likeliest next token is {best['latin'] or best['token']}, "
        f"with probability {best['probability']:.2f}."
    )
    many = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five"}.get(at, at)
    after = f"after {many} token{'s' * (at > 1)}" if at else "after START"
    note = f"Still: the likeliest tokens {after}."
    return _drawn(parts, (BARS + 210, 40 + BAR * len(step["candidates"])), words, note)


def _readings(run: Run) -> str:
    """The sentence, what it became, what each token read most."""
    looks = []
    for token in run["tokens"]:
        most = max(range(len(run["words"])), key=lambda j: token["attention"][j])
        looks.append(f"{token['latin'] or token['token']} reads {run['words'][most]}")
    return (
        f"{run['english']} becomes {run['tokens'][-1]['written_latin']}. "
        f"{'; '.join(looks)}."
    )


def _shade(weight: float) -> str:
    """A weight's share of the blue on white, as the live map has it."""
    hue = (int(BLUE[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 - weight * (255 - part)):02X}" for part in hue)


def _token_width(token: dict[str, str]) -> float:
    """The widest of a token's three lines, about."""
    kannada = sum(
        width * len(re.findall(letters, token["token"]))
        for letters, width in KANNADA.items()
    )
    plain = 0 if token["latin"] else 13.5 * len(token["token"])  # END
    return max(kannada, plain, LATIN * len(token["latin"]), GLOSS * len(token["gloss"]))


def _row(widths: list[float]) -> list[tuple[float, float]]:
    """The middle and the right edge of each box, side by side."""
    places, right = [], 0.0
    for width in (max(MIN_WIDTH, width) for width in widths):
        places.append((right + width / 2, right + width))
        right += width + GAP
    return places


def _token(x: float, y: int, token: dict[str, str]) -> list[str]:
    """A token on three lines."""
    return [
        _text(x, y, 17, token["token"], "kn"),
        _text(x, y + 20, 13.5, token["latin"], style="italic"),
        _text(x, y + 38, 13.5, token["gloss"]),
    ]


def _text(
    x: float,
    y: float,
    size: float,
    text: str,
    lang: str = "",
    style: str = "",
    anchor: str = "",
    ink: str = "",
) -> str:
    # Bold, as the live tokens are: the page then fetches one Kannada font at once.
    extra = f' lang="{lang}" font-weight="700"' if lang else ""
    extra += f' font-style="{style}"' if style else ""
    extra += f' text-anchor="{anchor}"' if anchor else ""
    extra += f' fill="{ink}"' if ink else ""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}"{extra}>{escape(text)}</text>'
    )
