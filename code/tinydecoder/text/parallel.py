"""Readers' own sentence pairs: reading files, cleaning them, and a report of what went."""

import unicodedata
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Pair(NamedTuple):
    """A sentence and its translation."""

    source: str
    target: str


def read_tsv(path: str | Path) -> list[Pair]:
    """One pair a line, source TAB target; further columns and blank lines are ignored.

    Raises FileNotFoundError, or ValueError for a file that is empty or not UTF-8 and
    for a line without a tab.
    """
    pairs = []
    for number, line in enumerate(lines_of(path, Path(path).read_bytes()), start=1):
        if not line.strip():
            continue
        if "\t" not in line:
            raise ValueError(
                f"{path}, line {number}: source and target must be parted by a tab, "
                f"got {line[:40]!r}"
            )
        pairs.append(Pair(*line.split("\t")[:2]))
    return pairs


def read_aligned(source_path: str | Path, target_path: str | Path) -> list[Pair]:
    """Line n of one file with line n of the other.

    Raises FileNotFoundError, or ValueError for files that are empty, not UTF-8 or of
    unequal length.
    """
    source, target = (
        lines_of(source_path, Path(source_path).read_bytes()),
        lines_of(target_path, Path(target_path).read_bytes()),
    )
    if len(source) != len(target):
        raise ValueError(
            f"aligned files must have as many lines: {source_path} has {len(source)}, "
            f"{target_path} has {len(target)}"
        )
    return [Pair(*pair) for pair in zip(source, target, strict=True)]


@dataclass(frozen=True)
class Filter:
    """What a pair must be to be kept.

    max_length: characters (code points) of either side.
    max_ratio: of the longer side's length to the shorter's.
    script: the target's, as Unicode names its letters ("KANNADA"); None for any.
    min_share: of the target's letters and marks that must be of that script, 0 to 1.
    """

    max_length: int = 200
    max_ratio: float = 3.0
    script: str | None = None
    min_share: float = 0.5

    def __post_init__(self) -> None:
        for name in ("max_length", "max_ratio"):
            if (value := getattr(self, name)) < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        if not 0 <= self.min_share <= 1:
            raise ValueError(f"min_share must be from 0 to 1, got {self.min_share}")

    def reason(self, pair: Pair) -> str | None:
        """The first reason to drop a clean pair, or None."""
        shorter, longer = sorted(map(len, pair))
        if shorter == 0:
            return "empty side"
        if longer > self.max_length:
            return "too long"
        if longer > self.max_ratio * shorter:
            return "length ratio"
        if self.script and script_share(pair.target, self.script) < self.min_share:
            return "wrong script"
        return None


@dataclass(frozen=True)
class Report:
    """What clean_pairs did: str() of it is a table.

    dropped: how many pairs by reason; examples: the first of each, as it was read.
    """

    kept: int
    dropped: dict[str, int]
    examples: dict[str, Pair]

    def __str__(self) -> str:
        read = self.kept + sum(self.dropped.values())
        rows = [("read", read, ""), ("kept", self.kept, "")]
        for reason, count in self.dropped.items():
            sides = (s if len(s) <= 30 else s[:29] + "…" for s in self.examples[reason])
            example = " → ".join(repr(side) for side in sides)
            rows.append((f"dropped: {reason}", count, f"  {example}"))
        return "\n".join(f"{name:24}{count:>9,}{rest}" for name, count, rest in rows)


def normalise(text: str) -> str:
    """Unicode's composed form (NFC), each run of spaces one space, none at the ends.

    ZWNJ and ZWJ stay: they are not spaces, and Kannada spelling needs them.
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def script_share(text: str, script: str) -> float:
    """The share of letters and marks whose Unicode name begins with script; 0 to 1."""
    letters = [sign for sign in text if unicodedata.category(sign)[0] in "LM"]
    ours = sum(unicodedata.name(sign, "").startswith(script) for sign in letters)
    return ours / len(letters) if letters else 0.0


def clean_pairs(
    pairs: Iterable[tuple[str, str]], keep: Filter | None = None
) -> tuple[list[Pair], Report]:
    """The normalised pairs that pass the filter, each once, in their order."""
    keep = keep or Filter()
    kept: dict[Pair, None] = {}  # a set that keeps its order
    dropped: Counter[str] = Counter()
    examples: dict[str, Pair] = {}
    for source, target in pairs:
        pair = Pair(normalise(source), normalise(target))
        reason = "duplicate" if pair in kept else keep.reason(pair)
        if reason is None:
            kept[pair] = None
        else:
            dropped[reason] += 1
            examples.setdefault(reason, Pair(source, target))
    counts = dict(dropped.most_common())
    return list(kept), Report(len(kept), counts, examples)


def lines_of(path: str | Path, data: bytes) -> list[str]:
    """The lines of a file's bytes; only a line feed ends one, a carriage return goes.

    Raises ValueError, which names path, for bytes that are not UTF-8 or have no text.
    """
    data = data.removeprefix(BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}, line {number}: the file must be UTF-8, got the byte "
            f"0x{data[error.start]:02X} ({error.reason})"
        ) from error
    if not text.strip():
        raise ValueError(f"{path}: must have at least one line of text, it is empty")
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]
