"""The tables of `bench` as Markdown, and what stands in their cells."""

from collections.abc import Sequence

from tinydecoder.bench.measure import Timing, exponent


def markdown_table(
    caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]
) -> str:
    """A caption and a table with a cell for each string."""
    lines = [header, ["---"] * len(header), *rows]
    shown = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"{caption}\n\n{shown}"


def show_ratio(timing: Timing, name: str, digits: int) -> str:
    """The ratio of a work with its quartiles, as in 2.3 (2.2 to 2.5)."""
    low, high = timing.spread(name)
    return f"{timing.ratio(name):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def power_row(
    title: str,
    threads: int,
    name: str,
    lengths: Sequence[int],
    timings: Sequence[Timing],
    units: Sequence[int] = (1, 1),
) -> list[str]:
    """The power of the length with which a work's seconds a unit grow, between two."""
    seconds = [
        timing.seconds(name) / n for timing, n in zip(timings, units, strict=True)
    ]
    p = exponent(tuple(lengths), tuple(seconds))
    span = "{} → {}".format(*lengths)
    return [title, str(threads), span, f"{p:.2f}", "; ".join(map(str, timings))]
