"""Write what the site's pages need of the trained model into a folder.

python -m decoderbook.page_model _build/page_model
"""

import json
import sys
from pathlib import Path

import torch

from decoderbook.page_model.recording import record_run
from decoderbook.page_model.still import reading_still
from decoderbook.page_model.weights import page_weights, sentences
from tinydecoder.checkpoint import load_pretrained
from tinydecoder.corpus.samples import SAMPLES
from tinydecoder.files import write_atomically

WEIGHTS = "english-kannada-fp16.safetensors"
RUNS = "runs.json"
STILL = "run.svg"  # of the first run
MAX_BYTES = 1_600_000  # a reader downloads all of it
# What the first page writes: an order turned round, a noun phrase, a negation, a plural, a question.
FRONT_PAGE = (*SAMPLES, "will the big cows come to an old village")


def main(folder: Path) -> None:
    """Write the weights and the recorded runs; print their sizes."""
    torch.set_num_threads(1)
    translator = load_pretrained()
    weights = page_weights(translator)
    if len(weights) > MAX_BYTES:
        raise SystemExit(
            f"the page's weights take {len(weights):,} bytes, more than {MAX_BYTES:,}"
        )
    folder.mkdir(parents=True, exist_ok=True)
    known = {" ".join(sentence.english): sentence for sentence in sentences()}
    runs = [record_run(translator, known[text]) for text in FRONT_PAGE]
    text = json.dumps(runs, ensure_ascii=False, separators=(",", ":"))
    write_atomically(folder / WEIGHTS, weights)
    write_atomically(folder / STILL, reading_still(runs[0]).svg.encode())
    write_atomically(folder / RUNS, text.encode())
    print(f"{WEIGHTS}: {len(weights):,} bytes; {RUNS}: {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
