"""Write what the site's pages need of the trained model into a folder.

python -m decoderbook.page_model _build/page_model
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from decoderbook.page_model.recording import record_run
from decoderbook.page_model.still import reading_still
from decoderbook.page_model.weights import page_weights, sentences
from tinydecoder.checkpoint import load_pretrained
from tinydecoder.corpus.samples import SAMPLES

WEIGHTS = "english-kannada-fp16.safetensors"
RUNS = "runs.json"
STILL = "run.svg"  # of the first run
MAX_BYTES = 1_600_000  # a reader downloads all of it
# What the first page writes: an order turned round, a noun phrase, a negation, a plural, a question.
FRONT_PAGE = (*SAMPLES, "will the big cows come to an old village")


def files() -> dict[str, bytes]:
    """The weights, the first run's still and the recorded runs, by name.

    Raises ValueError for weights that are too many for a reader to wait for.
    """
    torch.set_num_threads(1)
    translator = load_pretrained()
    weights = page_weights(translator)
    if len(weights) > MAX_BYTES:
        raise ValueError(
            f"the page's weights take {len(weights):,} bytes, more than {MAX_BYTES:,}"
        )
    known = {" ".join(sentence.english): sentence for sentence in sentences()}
    runs = [record_run(translator, known[text]) for text in FRONT_PAGE]
    text = json.dumps(runs, ensure_ascii=False, separators=(",", ":"))
    still = reading_still(runs[0]).svg.encode()
    return {WEIGHTS: weights, STILL: still, RUNS: text.encode()}


def write(folder: Path) -> None:
    """Write all files into the folder, or none; print their sizes. Raises OSError."""
    found = files()
    folder.mkdir(parents=True, exist_ok=True)
    if blocked := [name for name in found if (folder / name).is_dir()]:
        raise IsADirectoryError(f"{folder / blocked[0]} is a folder")
    with TemporaryDirectory(dir=folder, prefix=".part-") as scratch:
        for name, content in found.items():
            (Path(scratch) / name).write_bytes(content)
        for name in found:
            (Path(scratch) / name).replace(folder / name)
    print(
        "; ".join(f"{name}: {len(content):,} bytes" for name, content in found.items())
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m decoderbook.page_model",
        description="Write what the site's pages need of the trained model into a folder.",
    )
    parser.add_argument("folder", type=Path, help="made where it is missing")
    try:
        write(parser.parse_args(arguments).folder)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
