"""What each command of the command line does with its options."""

import sys
import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, fields
from typing import Any

import torch

from tinydecoder import checkpoint
from tinydecoder.bench import tables
from tinydecoder.checkpoint import Translator
from tinydecoder.cli.model_card import card_text
from tinydecoder.cli.options import lines_of_stdin
from tinydecoder.cli.paths import training_outputs
from tinydecoder.cli.records import (
    HELD_OUT_DIGEST,
    file_digest,
    pairs_content,
    write_history,
)
from tinydecoder.cli.result_tables import attention_table, evaluation_table
from tinydecoder.config import ModelConfig, TrainConfig, check_seed
from tinydecoder.datasets import (
    Dataset,
    HeldOut,
    corpus_dataset,
    corpus_held_out,
    held_out_pairs,
    pairs_dataset,
)
from tinydecoder.distributed import process_group, rank_and_world
from tinydecoder.evaluation.alignment import Head, best_head, head_scores
from tinydecoder.evaluation.held_out import evaluate
from tinydecoder.files import write_atomically
from tinydecoder.model import Transformer
from tinydecoder.sampling import greedy, sample
from tinydecoder.text.massive import read_massive
from tinydecoder.text.parallel import Filter, Pair, clean_pairs, read_aligned, read_tsv
from tinydecoder.training import train
from tinydecoder.translation import new_translator, translate


def train_model(options: Namespace) -> None:
    """Train, score on what was kept back, and write the checkpoint."""
    with ExitStack() as held:
        _train(options, held)


def _train(options: Namespace, held: ExitStack) -> None:
    model_config, config = _config(ModelConfig, options), _config(TrainConfig, options)
    with process_group() as device:
        first = rank_and_world()[0] == 0
        made_files = training_outputs(options) if first else None
        say = print if first else _silent
        dataset = _training_data(options, say)
        tokenizers = dataset.source_tokenizer, dataset.target_tokenizer
        translator = new_translator(dataset, model_config, config.seed)
        sizes = [t.vocab_size for t in tokenizers]
        model = translator.model.to(device)
        n_parameters = sum(p.numel() for p in model.parameters())
        say(
            f"{len(dataset.train):,} pairs to learn from, {len(dataset.held_out):,} kept "
            f"back; {sizes[0]:,} and {sizes[1]:,} tokens; {n_parameters:,} parameters"
        )
        state = options.out.with_name(options.out.name + ".state")
        if made_files:
            held.enter_context(made_files.claimed())
        fresh, start = not state.exists(), time.perf_counter()
        history = train(model, dataset.train, config, state_path=state)
        seconds = time.perf_counter() - start
    if made_files is None:
        return
    say(f"trained in {seconds:.0f} s; loss {history.loss[-1]:.3f} nats a token")
    if options.history:
        write_history(options.history, history)
    translator = Translator(model.cpu(), *tokenizers)
    result = evaluate(translator, dataset.held_out, progress=True)
    made = {"pairs": f"{len(dataset.train):,}", "threads": str(torch.get_num_threads())}
    if fresh:  # otherwise they are not those of the whole run
        made["seconds"] = f"{seconds:.0f}"
    made |= {name: str(value) for name, value in asdict(config).items()}
    for score in result.scores:
        made[score.name] = str(score).removeprefix(f"{score.name} ")
    if dataset.validation.sentences:
        # Chosen on other sentences than those it is then measured on.
        head = _best_last_head(translator.model, dataset.validation)
        measured = result.heads[head]
        made["alignment head"] = "{},{}".format(*head)
        for score in (measured.stems, measured.morphemes):
            made[f"{score.name}, that head"] = f"{score.value:.1f} %"
        made["alignment error rate, that head"] = f"{measured.error_rate:.3f}"
    card, kept_back = made_files.card, made_files.held_out
    kept_pairs = pairs_content(dataset.held_out.pairs)
    if kept_back:
        made[HELD_OUT_DIGEST] = file_digest(kept_pairs)
    translator = Translator(model, *tokenizers, made)
    translator.save(options.out)
    write_atomically(card, card_text(translator, options.out.name).encode())
    if kept_back:
        write_atomically(kept_back, kept_pairs)
    # The run is over: the same command would begin anew.
    state.unlink(missing_ok=True)
    say(
        f"on the {len(dataset.held_out):,} pairs kept back:\n{evaluation_table(result)}"
    )
    if kept_back:
        say(f"written: {kept_back}, for `evaluate --pairs`")
    say(f"written: {options.out}, and {card.name}, its model card")


def translate_text(options: Namespace) -> None:
    """Print one translation a line; words that the model does not know go to stderr."""
    translator = _translator(options)
    choose = greedy
    check_seed(options.seed)
    if options.sample:
        generator = torch.Generator().manual_seed(options.seed)
        choose = sample(options.temperature, options.top_k, options.top_p, generator)
    lines = options.text or lines_of_stdin()
    texts = [line for line in lines if line.strip()]
    if not texts:
        raise ValueError("there must be a sentence to translate, got none")
    for text in texts:
        if unknown := translator.unknown(text):
            print(f"unknown to the model: {', '.join(unknown)}", file=sys.stderr)
    found = translate(
        translator,
        texts,
        choose,
        options.beam,
        options.length_penalty,
        options.limit,
        progress=len(texts) > 100,
    )
    translations = iter(found)
    for text in lines:
        if not text.strip():  # so that line n still answers line n
            print()
            continue
        translation = next(translations)
        print(translation.text)
        if translation.generation.stopped == "limit":
            print(f"cut off after {options.limit} tokens (--limit)", file=sys.stderr)
        if options.attention:
            print(attention_table(translator, text, translation))


def evaluate_model(options: Namespace) -> None:
    """Print scores, accuracy by position and, for the corpus, the alignment."""
    translator = _translator(options)
    tokenizers = translator.source_tokenizer, translator.target_tokenizer
    pairs = _pairs(options, "test")
    held_out = (
        corpus_held_out(*tokenizers)
        if pairs is None
        else held_out_pairs(pairs, *tokenizers)
    )
    result = evaluate(translator, held_out, options.beam, options.limit, progress=True)
    print(f"{len(held_out):,} pairs\n{evaluation_table(result)}")
    wrong = [
        (pair, text)
        for pair, text in zip(held_out.pairs, result.translations, strict=True)
        if text != pair.target
    ]
    for pair, text in wrong[: options.show]:
        print(f"\nsource   {pair.source}\nwritten  {text}\nexpected {pair.target}")


def measure_speed(options: Namespace) -> None:
    """Print the tables of `bench`."""
    tables.run_bench(options.quick)


def _best_last_head(model: Transformer, validation: HeldOut) -> Head:
    """The head of the last layer with the most stems on their gold words."""
    sources = [example.source for example in validation.examples]
    targets = [example.target for example in validation.examples]
    scores = head_scores(model, sources, targets, validation.sentences)
    last = model.config.n_layers - 1
    return best_head({head: s for head, s in scores.items() if head[0] == last})


def _translator(options: Namespace) -> Translator:
    path = options.checkpoint
    return checkpoint.load_pretrained() if path is None else checkpoint.load(path)


def _pairs(options: Namespace, part: str) -> list[Pair] | None:
    """The reader's own pairs, as they are; None for the course's corpus.

    part: of MASSIVE, which has its own partitions.
    """
    if options.pairs:
        return read_tsv(options.pairs)
    if options.aligned:
        return read_aligned(*options.aligned)
    if options.massive:
        return read_massive(options.massive)[part]
    return None


def _training_data(options: Namespace, say: Callable) -> Dataset:
    pairs = _pairs(options, "train")
    if pairs is None:
        say("making the corpus, a few seconds")
        return corpus_dataset()
    kept, dropped = clean_pairs(
        pairs, Filter(options.max_length, script=options.script)
    )
    say(dropped)
    return pairs_dataset(kept, options.tokenizer, options.vocab_size)


def _config(kind: type, options: Namespace) -> Any:
    values = vars(options)
    names = [column.name for column in fields(kind)]
    return kind(**{name: values[name] for name in names if name in values})


def _silent(*_: object) -> None:
    """What the other processes of a run say."""
