"""Train every recorded bug anew: `python -m decoderbook.museum` writes runs.json."""

import json
from contextlib import nullcontext

import torch
from tqdm import tqdm

from decoderbook.museum import runs
from decoderbook.museum.catalogue import EXHIBITS


def main() -> None:
    """Some minutes on one core; nothing is written before all is done."""
    torch.set_num_threads(1)
    found: dict[str, list[tuple[object, ...]]] = {}
    for slug in tqdm((runs.RIGHT, *runs.TRAINED), unit="bug"):
        world = nullcontext() if slug == runs.RIGHT else EXHIBITS[slug].installed()
        with world:
            trained = [runs.run(seed) for seed in runs.SEEDS]
        found[slug] = [(one.losses, one.last_loss, one.own_prefix) for one in trained]
    lines = (f"{json.dumps(slug)}: {json.dumps(rows)}" for slug, rows in found.items())
    runs.RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


if __name__ == "__main__":
    main()
