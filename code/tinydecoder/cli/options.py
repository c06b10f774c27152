"""The options of every command. No torch is loaded, so that --help answers at once."""

import argparse
import io
import sys
from pathlib import Path

from tinydecoder.config import ModelConfig, TrainConfig

TOKENIZERS = ("character", "grapheme", "morpheme", "word", "bpe")
DEFAULT = " (default: %(default)s)"
# What can be set of the model and of the training, in words.
SETTINGS = {
    "d_model": "features of a token's row",
    "n_heads": "attention heads",
    "d_ff": "features inside the feed-forward network",
    "n_layers": "layers of the encoder, and as many of the decoder",
    "norm": "pre or post: the layer norm before or after each sublayer",
    "dropout": "share of numbers set to zero while training",
    "steps": "updates of the weights",
    "batch_size": "sentence pairs of a batch, all processes together",
    "learning_rate": "the greatest, reached after the warm-up",
    "warmup_steps": "steps with a rising learning rate",
    "label_smoothing": "share of probability spread over the vocabulary",
    "clip_norm": "longer gradients are scaled down to this norm",
    "weight_decay": "of AdamW",
    "seed": "of the weights, the order of the data and dropout",
    "checkpoint_every": "steps between two saved states; 0: at the end only",
}


def parser() -> argparse.ArgumentParser:
    """Every command with its options; run: the name of its function in `commands`."""
    top = argparse.ArgumentParser(
        prog="python -m tinydecoder",
        description="Train, use and measure a small encoder-decoder Transformer. "
        "Without options everything works on the course's own English-Kannada corpus "
        "and on the model that comes with the package.",
        epilog="`python -m tinydecoder COMMAND --help` explains a command.",
    )
    found = top.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, run: str, text: str, more: str) -> argparse.ArgumentParser:
        made = found.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}. {more}"
        )
        made.set_defaults(run=run)
        threads = "CPU threads; by default as many as torch takes"
        made.add_argument("--threads", type=int, metavar="N", help=threads)
        return made

    new = add(
        "train",
        "train_model",
        "train a model and write it to a file",
        "While it runs, its state is kept beside the file, as FILE.state: the same "
        "command goes on where it was stopped. Under torchrun several processes share the work.",
    )
    out = Path("model.safetensors")
    new.add_argument(
        "--out", type=Path, default=out, metavar="FILE", help="the model" + DEFAULT
    )
    _add_data(new)
    own = new.add_argument_group("your own pairs")
    own.add_argument(
        "--tokenizer", choices=TOKENIZERS, default="bpe", help="of both sides" + DEFAULT
    )
    own.add_argument(
        "--vocab-size", type=int, default=4000, help="of each side" + DEFAULT
    )
    own.add_argument(
        "--script",
        type=str.upper,
        help="drop targets in other letters than, say, KANNADA",
    )
    own.add_argument(
        "--max-length", type=int, default=200, help="characters of a side" + DEFAULT
    )
    new.add_argument(
        "--history", type=Path, metavar="FILE", help="loss by step, as CSV"
    )
    settings = new.add_argument_group("settings")
    for config in (ModelConfig.teaching(), TrainConfig()):
        for name in filter(vars(config).__contains__, SETTINGS):
            option, value = f"--{name.replace('_', '-')}", getattr(config, name)
            kind, text = type(value), f"{SETTINGS[name]}{DEFAULT}"
            shown = kind.__name__.upper()
            settings.add_argument(
                option, type=kind, default=value, metavar=shown, help=text
            )

    use = add(
        "translate",
        "translate_text",
        "translate sentences, one a line",
        "They are read from the command line or, without any, from standard input.",
    )
    use.add_argument("text", nargs="*", help="a sentence, in quotation marks")
    use.add_argument(
        "--beam", type=int, default=1, metavar="WIDTH", help="default: 1, greedy"
    )
    use.add_argument(
        "--length-penalty", type=float, default=0.6, help="of the beam" + DEFAULT
    )
    use.add_argument("--sample", action="store_true", help="draw tokens at random")
    use.add_argument(
        "--temperature", type=float, default=1.0, help="of the sample" + DEFAULT
    )
    use.add_argument("--top-k", type=int, help="sample among the k likeliest only")
    use.add_argument(
        "--top-p", type=float, default=1.0, help="sample in this share only"
    )
    use.add_argument("--seed", type=int, default=0, help="of the sample" + DEFAULT)
    use.add_argument("--attention", action="store_true", help="print it as a table")

    judge = add(
        "evaluate",
        "evaluate_model",
        "score a model on held-out sentences",
        "Without pairs of yours it takes the corpus's held-out sentences, none of whose "
        "combinations of words were trained on.",
    )
    judge.add_argument(
        "--beam", type=int, default=1, metavar="WIDTH", help="1 is greedy"
    )
    judge.add_argument(
        "--show", type=int, default=5, help="mistakes to print" + DEFAULT
    )
    _add_data(judge)
    for made in (use, judge):
        which = "a model of yours; by default the one that comes with the package"
        made.add_argument("--checkpoint", type=Path, metavar="FILE", help=which)
        made.add_argument(
            "--limit", type=int, default=64, help="tokens at most" + DEFAULT
        )

    measure = add(
        "bench",
        "measure_speed",
        "measure the speed of training and of decoding",
        "Prints tables: this model beside torch's own and beside tutorials' code.",
    )
    measure.add_argument("--quick", action="store_true", help="small, to try it out")
    return top


def _add_data(command: argparse.ArgumentParser) -> None:
    group = command.add_mutually_exclusive_group()
    pairs = "sentence pairs of yours, one a line: source, tab, target"
    group.add_argument("--pairs", type=Path, metavar="TSV", help=pairs)
    files = "two files of yours; line n of one is translated by line n of the other"
    names = ("SOURCE", "TARGET")
    group.add_argument("--aligned", type=Path, nargs=2, metavar=names, help=files)
    where = "MASSIVE 1.1: its archive (.tar.gz), or a folder with its two files"
    group.add_argument("--massive", type=Path, metavar="PATH", help=where)


def lines_of_stdin() -> list[str]:
    """What a command reads where the command line gives it no text."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        # Bytes that are no text are unknown words, as they are on the command line.
        sys.stdin.reconfigure(errors="surrogateescape")
    return [line.strip("\ufeff\n") for line in sys.stdin]
