"""Train the recorded bugs anew: `python -m decoderbook.museum` writes runs.json.

With names, such as `python -m decoderbook.museum mixed-norm`, only these; the rest is kept.
"""

import json
import sys
from contextlib import nullcontext

import torch
from tqdm import tqdm

from decoderbook.museum import runs
from decoderbook.museum.catalogue import EXHIBITS


def main(names: list[str]) -> None:
    """Some minutes on one core; nothing is written before all is done."""
    torch.set_num_threads(1)
    slugs = (runs.RIGHT, *runs.TRAINED)
    found: dict[str, object] = {}
    if names:
        found = json.loads(runs.RECORD.read_text("utf-8"))
    for slug in tqdm(names or slugs, unit="bug"):
        world = nullcontext() if slug == runs.RIGHT else EXHIBITS[slug].installed()
        with world:
            trained = [runs.run(seed) for seed in runs.SEEDS]
        found[slug] = [(one.losses, one.last_loss, one.own_prefix) for one in trained]
    lines = (f"{json.dumps(slug)}: {json.dumps(found[slug])}" for slug in slugs)
    runs.RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
