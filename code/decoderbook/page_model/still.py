"""A still picture of a translation: English words above, Kannada tokens below, and what each
token read. It stands where no script runs: on paper, on a code host, in a page not yet touched.
"""

from html import escape

from decoderbook.page_model.recording import Run

GAP, TOP, WORDS_Y, TOKENS_Y, HEIGHT = 8, 8, 30, 150, 235
MIN_WIDTH, LETTER = 46, 8.5  # px of a box, and of a letter in it
SEEN = 0.05  # a smaller weight has no line


def still_of(run: Run) -> str:
    """An SVG picture of a recorded run, whose ink is that of the text around it."""
    words = _row(run["words"])
    tokens = _row([max(t["latin"], t["gloss"], key=len) for t in run["tokens"]])
    width = max(words[-1][1], tokens[-1][1])
    above = [(width - words[-1][1]) / 2 + middle for middle, _ in words]
    below = [(width - tokens[-1][1]) / 2 + middle for middle, _ in tokens]
    parts = [
        f'<svg class="decoder-still" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {HEIGHT}" '
        f'style="max-width:{width:.0f}px;width:100%" role="img" aria-label="{escape(alternative(run))}" '
        'font-family="\'Noto Sans Kannada\', system-ui, sans-serif" fill="currentColor" text-anchor="middle">'
    ]
    for x, token in zip(below, run["tokens"], strict=True):
        for over, weight in zip(above, token["attention"], strict=True):
            if weight >= SEEN:
                start = f"M{x:.0f},{TOKENS_Y}C{x:.0f},{TOKENS_Y - 50}"
                path = f"{start} {over:.0f},{WORDS_Y + 60} {over:.0f},{WORDS_Y + 10}"
                parts.append(
                    f'<path d="{path}" fill="none" stroke="#56B4E9" '
                    f'stroke-width="{1 + 5 * weight:.1f}" stroke-opacity="{0.3 + 0.6 * weight:.2f}"/>'
                )
    for x, word in zip(above, run["words"], strict=True):
        parts.append(_text(x, WORDS_Y, 15, word))
    for x, token in zip(below, run["tokens"], strict=True):
        parts.append(_text(x, TOKENS_Y + 24, 17, token["token"], "kn"))
        parts.append(_text(x, TOKENS_Y + 44, 13, token["latin"], style="italic"))
        parts.append(_text(x, TOKENS_Y + 62, 12, token["gloss"]))
    return "".join([*parts, "</svg>"])


def alternative(run: Run) -> str:
    """The picture in words: the sentence, what it became, what each token read most."""
    looks = []
    for token in run["tokens"]:
        most = max(range(len(run["words"])), key=lambda j: token["attention"][j])
        looks.append(f"{token['latin'] or token['token']} reads {run['words'][most]}")
    return (
        f"{run['english']} becomes {run['tokens'][-1]['written_latin']}. "
        f"{'; '.join(looks)}."
    )


def _row(texts: list[str]) -> list[tuple[float, float]]:
    """The middle and the right edge of each text's box, side by side."""
    places, right = [], 0.0
    for text in texts:
        width = max(MIN_WIDTH, LETTER * len(text) + 8)
        places.append((right + width / 2, right + width))
        right += width + GAP
    return places


def _text(
    x: float, y: int, size: int, text: str, lang: str = "", style: str = ""
) -> str:
    # Bold, as the live tokens are: the page then fetches one Kannada font at once.
    extra = f' lang="{lang}" font-weight="700"' if lang else ""
    extra += f' font-style="{style}"' if style else ""
    return f'<text x="{x:.0f}" y="{y}" font-size="{size}"{extra}>{escape(text)}</text>'
