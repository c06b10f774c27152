"""What a training reads and writes, checked before any work: nothing else may be lost."""

import os
import tempfile
import unicodedata
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from tinydecoder.cli.model_card import is_card
from tinydecoder.cli.records import HELD_OUT_DIGEST, HISTORY_HEAD, file_digest
from tinydecoder.files import only_writer
from tinydecoder.tensor_file import read_document
from tinydecoder.text.massive import massive_files


@dataclass(frozen=True)
class Outputs:
    """The files that a training writes; None for one that it does not.

    state stands there while it runs only. held_out: of a reader's own pairs.
    """

    model: Path
    card: Path
    state: Path
    held_out: Path | None
    history: Path | None

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """No other run writes any of these meanwhile; raises BlockingIOError."""
        with ExitStack() as held:
            for path in filter(None, vars(self).values()):
                path.parent.mkdir(parents=True, exist_ok=True)
                held.enter_context(only_writer(path))
            yield


def training_outputs(options: Namespace) -> Outputs:
    """Where the command writes; raises ValueError if that would lose anything.

    No output may be an input or another output, whatever its name: by another path, by a
    link, in other capitals. No output may take the place of a file that such a command
    did not write.
    """
    out = options.out
    if not out.name:
        raise ValueError(f"--out must be a file, got {str(out)!r}")
    own = options.pairs or options.aligned or options.massive
    # A number behind a point is no file type: lr0.1 and lr0.2 have a card each.
    stem = out.with_suffix("").name if out.suffix[1:].isalpha() else out.name
    made = Outputs(
        model=out,
        card=out.with_name(f"{stem}.md"),
        state=out.with_name(f"{out.name}.state"),
        held_out=out.with_name(f"{stem}.held-out.tsv") if own else None,
        history=options.history,
    )
    names = {
        "model": "the model",
        "card": "its card",
        "state": "its state",
        "held_out": "the pairs kept back",
        "history": "the history",
    }
    outputs = {names[role]: path for role, path in vars(made).items() if path}
    for name, path in outputs.items():
        if path.exists() and not path.is_file():
            raise ValueError(f"{path}, for {name}, must be a file, and is a folder")
    inputs = [options.pairs, *(options.aligned or ())]
    inputs += massive_files(options.massive) if options.massive else []
    for (one, path), (other, second) in combinations(outputs.items(), 2):
        if _same(path, second):
            raise ValueError(f"{one} must be a file of its own, {path} is {other} too")
    for name, path in outputs.items():
        for read in filter(None, inputs):
            if _same(path, read):
                raise ValueError(
                    f"{name} would replace {read}, which is read: it must be a file of "
                    "its own, choose another --out or --history"
                )
        _check_writable(path)
    _check_ours(made)
    return made


def _same(one: Path, other: Path) -> bool:
    """Whether both are one file, or would be where capitals do not count."""
    one, other = (Path(os.path.realpath(path)) for path in (one, other))
    if one.exists() and other.exists():
        return one.samefile(other)
    names = {
        unicodedata.normalize("NFC", path.name).casefold() for path in (one, other)
    }
    if len(names) > 1 or one == one.parent:
        return one == other
    return _same(one.parent, other.parent)


def _check_writable(path: Path) -> None:
    """Raises ValueError where no file can be made beside path, which need not exist."""
    folder = Path(os.path.realpath(path)).parent
    while not folder.exists():
        folder = folder.parent
    try:
        # A try, because what is allowed is not all written in a folder's mode.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error}") from error


def _check_ours(made: Outputs) -> None:
    """Raises ValueError for a file that is there already and that we did not write."""

    def check(path: Path | None, ours: bool, what: str) -> None:
        if path and not ours and path.exists() and path.stat().st_size:
            raise ValueError(
                f"{path} is there already and is {what}: move it, or choose another name"
            )

    trained = read_document("checkpoint", made.model) if made.model.exists() else None
    check(made.model, trained is not None, "no checkpoint of `tinydecoder train`")
    card = is_card(_start(made.card), made.model.name)
    check(made.card, card, f"no model card of {made.model.name}")
    history = made.history and _start(made.history).startswith(HISTORY_HEAD)
    check(made.history, bool(history), "no history of `tinydecoder train`")
    # It has no mark of its own: the checkpoint says which pairs were kept back for it.
    ours = False
    if trained and made.held_out and made.held_out.exists():
        texts = trained.get("made")
        found = file_digest(made.held_out.read_bytes())
        ours = isinstance(texts, dict) and texts.get(HELD_OUT_DIGEST) == found
    check(made.held_out, ours, "perhaps yours, as the checkpoint does not know it")


def _start(path: Path) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        return file.read(1000).decode(errors="replace")
