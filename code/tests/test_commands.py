"""The command line from end to end, on a run of seconds; what goes wrong is one line."""

import csv
import io
import os
import re
import subprocess
import sys

import pytest
import torch
from tiny_translator import SENTENCES, overfitted
from torch.testing import assert_close

from decoderbook import figures
from tinydecoder import __main__, checkpoint
from tinydecoder.checkpoint import load
from tinydecoder.cli import commands
from tinydecoder.cli import options as cli_options
from tinydecoder.config import ModelConfig, TrainConfig
from tinydecoder.datasets import corpus_dataset, pairs_dataset
from tinydecoder.evaluation.alignment import head_scores
from tinydecoder.evaluation.held_out import translate
from tinydecoder.text.parallel import Pair, read_tsv
from tinydecoder.text.tokenizer import KINDS
from tinydecoder.translation import new_translator, read_attention, train_translator

TEXTS = [" ".join(sentence.english) for sentence in SENTENCES]
WRITTEN = [" ".join(sentence.kannada) for sentence in SENTENCES]
SIZES = ["--d-model", "8", "--n-heads", "2", "--d-ff", "8", "--n-layers", "1"]
STEPS = ["--steps", "20", "--warmup-steps", "3", "--batch-size", "8"]
TINY = [*SIZES, *STEPS, "--checkpoint-every", "8", "--vocab-size", "400"]


def run(*arguments):
    return __main__.main([str(argument) for argument in arguments])


def refused(capsys, *arguments):
    """The one line that an error is."""
    assert run(*arguments) == 1
    out, err = capsys.readouterr()
    line = err.splitlines()[-1]
    assert line.startswith("error: ") and err.count("error") == 1, err
    assert "Traceback" not in out + err
    return line.removeprefix("error: ")


def alone(capsys, *arguments):
    """The same, with nothing else on either stream."""
    assert run(*arguments) == 1
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("error: ") and err.count("\n") == 1, (out, err)
    return err.removeprefix("error: ")


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.tsv"
    lines = [f"{pair[0]}\t{pair[1]}\n" for pair in zip(TEXTS, WRITTEN, strict=True)]
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """Writes each of TEXTS right."""
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    overfitted().save(path)
    return path


# train


def test_train_goes_from_pairs_to_a_checkpoint(pairs, tmp_path, capsys):
    folder = tmp_path / "made" / "here"
    out, history = folder / "own.safetensors", tmp_path / "history.csv"
    command = ["train", "--pairs", pairs, "--out", out, "--history", history, *TINY]
    assert run(*command) == 0
    said = capsys.readouterr().out
    assert sorted(path.name for path in folder.iterdir()) == [
        *("own.held-out.tsv", "own.md", "own.safetensors"),
    ]
    assert "22 pairs to learn from, 2 kept back" in said
    assert re.search(r"read +24\nkept +24\n", said)
    for line in (
        "exact match 0.0 % (",
        "chrF++",
        "BLEU",
        "gold prefix",
        "own.held-out",
    ):
        assert line in said

    first = load(out)
    assert first.model.config == ModelConfig(8, 2, 8, 1)
    assert first.target_tokenizer.kind == "bpe"
    assert first.target_tokenizer.vocab_size <= 400
    config = TrainConfig(20, 8, warmup_steps=3, checkpoint_every=8)
    for name, value in vars(config).items():
        assert first.made[name] == str(value)
    assert first.made["pairs"] == "22" and int(first.made["seconds"]) >= 0
    assert {"exact match", "chrF++", "BLEU"} <= first.made.keys()

    card = (folder / "own.md").read_text(encoding="utf-8")
    assert card.startswith("# own.safetensors\n") and "kept back" in card
    assert "| steps | 20 |" in card and "course's corpus" not in card

    kept = read_tsv(folder / "own.held-out.tsv")
    assert len(kept) == 2 and set(kept) <= set(map(Pair, TEXTS, WRITTEN))

    with history.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == [str(step) for step in range(20)]
    assert list(rows[0]) == ["step", "loss", "learning_rate", "gradient_norm", "tokens"]
    losses = [float(row["loss"]) for row in rows]
    assert losses[-1] < losses[0]
    assert max(float(row["learning_rate"]) for row in rows) == config.learning_rate

    # The same command again makes the same again.
    before = history.read_bytes()
    assert run(*command) == 0
    assert history.read_bytes() == before
    again = load(out)
    for name, weight in first.model.state_dict().items():
        assert torch.equal(weight, again.model.state_dict()[name])
    assert read_tsv(folder / "own.held-out.tsv") == kept

    # What was written can be used.
    capsys.readouterr()
    assert run("evaluate", "--checkpoint", out, "--pairs", pairs, "--limit", 9) == 0
    said = capsys.readouterr().out
    assert said.startswith("24 pairs\nexact match ") and "gold prefix" in said
    assert run("translate", "--checkpoint", out, "--limit", 9, "The zebra ☃") == 0
    assert "unknown" not in capsys.readouterr().err, "BPE knows every text"


def test_a_broken_run_goes_on(pairs, tmp_path, monkeypatch, capsys):
    def train_as(name):
        return run("train", "--pairs", pairs, "--out", tmp_path / name, *TINY)

    assert train_as("whole") == 0

    def broken(*arguments, **options):
        def stop(step, loss):
            if step == 12:
                raise KeyboardInterrupt

        return original(*arguments, on_step=stop, **options)

    original = commands.train
    monkeypatch.setattr(commands, "train", broken)
    assert train_as("broken") == 130
    assert {path.name for path in tmp_path.glob("broken*")} == {"broken.state"}
    monkeypatch.setattr(commands, "train", original)

    # Another run must not go on from it, and leaves it as it is.
    content = (tmp_path / "broken.state").read_bytes()
    command = ("train", "--pairs", pairs, "--out", tmp_path / "broken", *TINY)
    says = refused(capsys, *command, "--seed", 1)
    assert "state of another run (seed was 0, now 1)" in says
    assert (tmp_path / "broken.state").read_bytes() == content

    assert train_as("broken") == 0
    assert not (tmp_path / "broken.state").exists()
    assert "seconds" not in load(tmp_path / "broken").made, "of the whole run"
    whole, again = load(tmp_path / "whole"), load(tmp_path / "broken")
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, again.model.state_dict()[name])


def test_train_takes_aligned_files(tmp_path, capsys):
    files = [tmp_path / "text.en", tmp_path / "text.kn"]
    for path, lines in zip(files, (TEXTS, WRITTEN), strict=True):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = tmp_path / "model"
    options = [*SIZES, "--steps", 2, "--warmup-steps", 0, "--tokenizer", "word"]
    aligned = ["--aligned", *files]
    # Unicode writes the names of letters in capitals; people need not.
    command = ["train", *aligned, "--out", out, *options, "--script", "kannada"]
    assert run(*command) == 0
    assert load(out).target_tokenizer.kind == "word"
    assert run("evaluate", "--checkpoint", out, *aligned, "--limit", 3) == 0
    assert "24 pairs" in capsys.readouterr().out
    files[1].write_text("\n".join(WRITTEN[1:]) + "\n", encoding="utf-8")
    says = alone(capsys, "evaluate", "--checkpoint", out, *aligned)
    assert "must have as many lines" in says and "24" in says and "23" in says


def test_train_without_pairs_takes_the_corpus(tmp_path, monkeypatch, capsys):
    small = corpus_dataset(train=60, validation=20, held_out=8)
    monkeypatch.setattr(commands, "corpus_dataset", lambda: small)
    monkeypatch.setattr(commands, "corpus_held_out", lambda *_: small.held_out)
    out = tmp_path / "model.safetensors"
    assert run("train", "--out", out, *TINY) == 0
    assert "cross-attention against gold" in capsys.readouterr().out
    assert not (tmp_path / "model.held-out.tsv").exists()
    translator = load(out)
    assert translator.target_tokenizer.kind == "corpus Kannada"
    assert translator.made["alignment head"] in ("0,0", "0,1")
    assert "course's corpus" in (tmp_path / "model.md").read_text(encoding="utf-8")
    assert run("evaluate", "--checkpoint", out, "--limit", 9) == 0
    said = capsys.readouterr().out
    assert "8 pairs" in said and "cross-attention against gold" in said
    assert run("translate", "--checkpoint", out, "--attention", "I ate") == 0
    layer, head = translator.made["alignment head"].split(",")
    assert f"cross-attention, layer {layer}, head {head};" in capsys.readouterr().out


def test_the_head_is_chosen_on_other_sentences_than_it_is_measured_on(
    tmp_path, monkeypatch
):
    small = corpus_dataset(train=60, validation=20, held_out=8)
    monkeypatch.setattr(commands, "corpus_dataset", lambda: small)
    asked = []

    def watched(model, sources, targets, sentences):
        asked.append(sentences)
        return head_scores(model, sources, targets, sentences)

    monkeypatch.setattr(commands, "head_scores", watched)
    assert run("train", "--out", tmp_path / "model.safetensors", *TINY) == 0
    assert asked == [small.validation.sentences]
    assert not set(small.validation.sentences) & set(small.held_out.sentences)


def test_evaluating_a_model_of_other_data_needs_pairs(model, capsys):
    """It says so at once: nothing is translated first."""
    words = pairs_dataset([(f"a {i}", f"b {i}") for i in range(20)], "word")
    other = new_translator(words, ModelConfig(8, 2, 8, 1))
    path = model.parent / "other.safetensors"
    other.save(path)
    says = alone(capsys, "evaluate", "--checkpoint", path)
    assert "trained on other data than the course's corpus" in says


def test_from_ones_own_tsv_to_a_labelled_attention_figure_in_three_lines(pairs):
    sizes = {
        "model_config": ModelConfig(8, 2, 8, 1),
        "config": TrainConfig(5, 4, 1e-3, 1),
    }
    translator = train_translator(read_tsv(pairs), **sizes, kind="word")
    read = read_attention(translator, TEXTS[0])
    figure = figures.attention_map(read.weights[-1, 0], read.queries, read.keys)

    # A label may stand a line lower than its neighbours.
    labels = [text.removeprefix("<br>") for text in figure.layout.xaxis.ticktext]
    assert labels == [*TEXTS[0].split(), "[END]"]
    shape = (1, 2, len(read.queries), len(read.keys))
    assert read.weights.shape == shape
    assert_close(read.weights.sum(dim=-1), torch.ones(shape[:3]))


def test_no_model_that_comes_with_the_package(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(checkpoint, "PRETRAINED", tmp_path / "none")
    assert "make train" in alone(capsys, "translate", "I ate")


# translate


@pytest.mark.parametrize("options", [[], ["--beam", "3"]])
def test_translate_by_argument(options, model, capsys):
    assert run("translate", "--checkpoint", model, *options, *TEXTS[:3]) == 0
    assert capsys.readouterr() == ("".join(f"{text}\n" for text in WRITTEN[:3]), "")


def test_translate_by_stdin(model, capsys, monkeypatch):
    # Some editors of Windows begin a file with U+FEFF.
    lines = f"\ufeff{TEXTS[0]}\n\n   \n{TEXTS[1]}.\n{TEXTS[2].capitalize()}"
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert run("translate", "--checkpoint", model) == 0
    # Line n answers line n, an empty one too.
    lines = [WRITTEN[0], "", "", WRITTEN[1], WRITTEN[2]]
    assert capsys.readouterr() == ("".join(f"{text}\n" for text in lines), "")


def test_a_sample_is_its_seeds(model, capsys):
    def drawn(*options):
        texts = ["--limit", 16, *TEXTS[:4]]
        assert (
            run("translate", "--checkpoint", model, "--sample", *options, *texts) == 0
        )
        return capsys.readouterr().out

    hot = ["--temperature", "9"]
    assert drawn(*hot, "--seed", 1) == drawn(*hot, "--seed", 1)
    assert drawn(*hot, "--seed", 1) != drawn(*hot, "--seed", 2)
    greedy = "".join(f"{text}\n" for text in WRITTEN[:4])
    assert drawn(*hot, "--top-k", 1) == drawn(*hot, "--top-p", 1e-9) == greedy


def test_unknown_words_are_named_on_stderr(model, capsys):
    command = ["translate", "--checkpoint", model, "--limit", 9]
    assert run(*command, "I zebra, cafe\u0301.") == 0
    out, err = capsys.readouterr()
    assert err.splitlines()[0] == "unknown to the model: zebra,, caf\u00e9"
    assert out.count("\n") == 1


def test_what_is_cut_off_is_said_on_stderr(model, capsys):
    assert run("translate", "--checkpoint", model, "--limit", 2, TEXTS[0]) == 0
    out, err = capsys.readouterr()
    assert err == "cut off after 2 tokens (--limit)\n"
    (whole,) = translate(load(model), TEXTS[:1], limit=2)
    assert out == f"{whole.text}\n"


def table(shown):
    """The column names, the rows of numbers and the labels of an attention table."""
    title, columns, *rows = shown
    assert "each row predicts the token at its end" in title
    numbers, labels = [], []
    for row in rows:
        *values, label = row.split()
        numbers.append([float(value) for value in values])
        labels.append(label)
    return columns.split(), numbers, labels


@pytest.mark.parametrize("options", [[], ["--beam", "3"]])
def test_attention_is_a_table_whose_rows_sum_to_1(options, model, capsys):
    command = ["translate", "--checkpoint", model, "--attention", *options, TEXTS[0]]
    assert run(*command) == 0
    written, *shown = capsys.readouterr().out.splitlines()
    assert written == WRITTEN[0]
    assert "mean over the last layer's heads" in shown[0]
    columns, numbers, labels = table(shown)
    assert columns == [*SENTENCES[0].english, "[END]"]
    assert labels == [*SENTENCES[0].morphemes, "[END]"]
    for row in numbers:
        assert len(row) == len(columns)
        assert abs(sum(row) - 1) <= 0.005 * len(row) + 1e-9


def test_attention_of_what_is_cut_off_has_no_end(model, capsys):
    command = ["translate", "--checkpoint", model, "--attention", "--limit", 2]
    assert run(*command, TEXTS[0]) == 0
    _, *shown = capsys.readouterr().out.splitlines()
    _, numbers, labels = table(shown)
    assert labels == list(SENTENCES[0].morphemes[:2]) and len(numbers) == 2


def test_a_stream_without_kannada_letters_gets_their_numbers(model, monkeypatch):
    content = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(content, encoding="cp1252"))
    assert run("translate", "--checkpoint", model, TEXTS[0]) == 0
    sys.stdout.flush()
    shown = content.getvalue().decode("cp1252").rstrip()
    assert shown == WRITTEN[0].encode("cp1252", "backslashreplace").decode()
    assert shown.isascii() and r"\u0c" in shown


def process(*arguments, encoding="utf-8", **options):
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONWARNINGS": "error"}
    environment["PYTHONIOENCODING"] = encoding
    return subprocess.run(
        [sys.executable, "-m", "tinydecoder", *map(str, arguments)],
        env=environment,
        capture_output=True,
        timeout=120,
        **options,
    )


def test_it_runs_as_a_module(model):
    lines = f"{TEXTS[0]}\nಮನೆ.\n".encode()
    done = process("translate", "--checkpoint", model, "--threads", 1, input=lines)
    out, err = done.stdout.decode().splitlines(), done.stderr.decode()
    assert done.returncode == 0 and out[0] == WRITTEN[0] and len(out) == 2
    assert err.splitlines()[0] == "unknown to the model: ಮನೆ"


# evaluate


def test_evaluate_shows_mistakes(model, pairs, capsys):
    with pairs.open("a", encoding="utf-8") as file:
        file.write("I zebra\tನಾನು ಜೀಬ್ರಾ\nI zebra zebra\tನಾನು ಜೀಬ್ರಾ ಜೀಬ್ರಾ\n")
        # Right but for a space and the composition of a letter.
        other = WRITTEN[0].replace("\u0cca", "\u0cc6\u0cc2")
        file.write(f"{TEXTS[0]}\t {other} \n")
    command = ["evaluate", "--checkpoint", model, "--pairs", pairs]
    assert run(*command) == 0
    out = capsys.readouterr().out
    assert out.startswith("27 pairs\nexact match 92.6 %")
    assert out.count("source   ") == out.count("written  ") == 2
    assert "source   I zebra\nwritten  " in out and "\nexpected ನಾನು ಜೀಬ್ರಾ\n" in out
    assert run(*command, "--show", 1) == 0
    assert capsys.readouterr().out.count("source   ") == 1
    assert run(*command, "--show", 0, "--beam", 2) == 0
    assert "source   " not in capsys.readouterr().out


# What goes wrong


@pytest.mark.parametrize("command", ["translate", "evaluate"])
def test_a_missing_or_foreign_checkpoint_is_one_line(command, tmp_path, pairs, capsys):
    text = ["I ate"] if command == "translate" else ["--pairs", pairs]
    path = tmp_path / "none.safetensors"
    assert "none.safetensors" in alone(capsys, command, "--checkpoint", path, *text)
    says = alone(capsys, command, "--checkpoint", pairs, *text)
    assert "pairs.tsv is not a whole checkpoint" in says


BAD_PAIRS = {
    "missing": (None, "No such file"),
    "without a tab": (b"one\tone\n\ntwo two\n", "line 3: source and target must be"),
    "not UTF-8": (b"one\tone\ntwo\t\xff\n", "line 2: the file must be UTF-8"),
    "empty": (b"", "at least one line of text"),
    "too few": (b"one\tone\ntwo\ttwo\n", "at least 1 pair must be kept back"),
}


@pytest.mark.parametrize(("content", "says"), BAD_PAIRS.values(), ids=BAD_PAIRS.keys())
def test_bad_pairs_are_one_line_and_leave_nothing(content, says, tmp_path, capsys):
    path = tmp_path / "pairs.tsv"
    if content is not None:
        path.write_bytes(content)
    out = tmp_path / "new" / "model"
    line = refused(capsys, "train", "--pairs", path, "--out", out, *TINY)
    assert says in line
    assert {file.name for file in tmp_path.iterdir()} <= {"pairs.tsv"}


BAD_SETTINGS = {
    "odd d_model": ("--d-model 7 --n-heads 2", "d_model must be an even number"),
    "heads": ("--d-model 8 --n-heads 3", "n_heads must divide d_model = 8"),
    "norm": ("--norm middle", 'norm must be "pre" or "post", got \'middle\''),
    "dropout": ("--dropout 1", "dropout must be at least 0 and below 1"),
    "steps": ("--steps 3", "warmup_steps must be at least 0 and below steps = 3"),
    "batch": ("--batch-size 0", "batch_size must be at least 1"),
    "rate": ("--learning-rate nan", "learning_rate must be above 0"),
    "seed": (f"--seed {2**70}", "seed must be from -2**63"),
    "vocabulary": ("--vocab-size 200", "special tokens is for 196"),
    "length": ("--max-length 0", "max_length must be at least 1"),
    "script": ("--script KLINGON", "got 0 to keep back of 0"),
    "threads": ("--threads 0", "--threads must be at least 1 and at most 64, got 0"),
    "fewer threads": (
        "--threads -1",
        "--threads must be at least 1 and at most 64, got -1",
    ),
}


@pytest.mark.parametrize(
    ("options", "says"), BAD_SETTINGS.values(), ids=BAD_SETTINGS.keys()
)
def test_bad_settings_are_one_line_and_leave_nothing(
    options, says, pairs, tmp_path, capsys
):
    out = tmp_path / "new" / "model"
    command = ["train", "--pairs", pairs, "--out", out, *TINY, *options.split()]
    assert says in refused(capsys, *command)
    assert list(tmp_path.iterdir()) == [pairs]


@pytest.mark.parametrize("name", ["model.md", "."])
def test_a_model_cannot_stand_where_its_card_or_a_folder_does(
    name, pairs, tmp_path, capsys
):
    command = ["train", "--pairs", pairs, "--out", tmp_path / name, *TINY]
    assert "must be a file" in alone(capsys, *command)
    assert list(tmp_path.iterdir()) == [pairs]


BAD_USE = {
    "beam and sample": ("--beam 3 --sample", "sample with width 1"),
    "no beam": ("--beam 0", "width must be at least 1"),
    "penalty": ("--beam 2 --length-penalty -1", "length_penalty must be at least 0"),
    "limit": ("--limit 0", "limit must be at least 1"),
    "temperature": ("--sample --temperature 0", "temperature must be above 0"),
    "top k": ("--sample --top-k 0", "top_k must be at least 1"),
    "top p": ("--sample --top-p 2", "top_p must be above 0"),
    "seed": (f"--sample --seed {2**70}", "seed must be from -2**63"),
    "threads": ("--threads 0", "--threads must be at least 1"),
}


@pytest.mark.parametrize(("options", "says"), BAD_USE.values(), ids=BAD_USE.keys())
def test_bad_options_of_translate_are_one_line(options, says, model, capsys):
    command = ["translate", "--checkpoint", model, *options.split(), TEXTS[0]]
    assert says in alone(capsys, *command)


@pytest.mark.parametrize("lines", ["", "\n", "  \n\t\n"])
def test_no_sentence_is_one_line(lines, model, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(lines))
    assert "there must be a sentence" in alone(
        capsys, "translate", "--checkpoint", model
    )
    assert "a sentence" in alone(capsys, "translate", "--checkpoint", model, " ", "")


def test_missing_files_of_massive_are_one_line(tmp_path, capsys):
    folder, out = tmp_path / "massive", ["--out", tmp_path / "model"]
    says = alone(capsys, "train", "--massive", folder, *out)
    assert "massive'" in says and list(tmp_path.iterdir()) == []
    folder.mkdir()
    says = alone(capsys, "train", "--massive", folder, *out)
    assert "en-US.jsonl" in says and list(tmp_path.rglob("*")) == [folder]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["train", "--steps", "many"],
        ["train", "--tokenizer", "sentence"],
        ["train", "--pairs", "a", "--massive", "b"],
        ["evaluate", "--aligned", "a"],
    ],
)
def test_what_is_no_command_shows_the_usage(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        run(*arguments)
    assert stop.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m tinydecoder")


# bench and help


@pytest.mark.parametrize("options", [[], ["--quick"]])
def test_bench_is_asked_for_its_tables(options, monkeypatch):
    asked = []
    monkeypatch.setattr(commands.tables, "run_bench", asked.append)
    assert run("bench", *options) == 0
    assert asked == [bool(options)]


COMMANDS = ("train", "translate", "evaluate", "bench")


def shown_help(capsys, *arguments):
    with pytest.raises(SystemExit) as stop:
        run(*arguments, "--help")
    assert stop.value.code == 0
    return capsys.readouterr().out


def test_help_names_the_commands(capsys):
    shown = shown_help(capsys)
    for name in COMMANDS:
        assert re.search(rf"^ +{name} +\w+", shown, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_each_option_is(name, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    (choices,) = (
        action.choices
        for action in cli_options.parser()._actions
        if isinstance(action.choices, dict)
    )
    shown = shown_help(capsys, name)
    for action in choices[name]._actions:
        assert action.help and action.help.strip(), action
        text = action.help % {"default": action.default}
        for option in action.option_strings or [action.dest]:
            assert option in shown
        assert " ".join(text.split()) in " ".join(shown.split())


def test_every_kind_of_tokenizer_is_a_choice():
    assert tuple(cli_options.TOKENIZERS) == tuple(KINDS)


def test_help_needs_no_torch():
    code = "import sys, tinydecoder.cli.options as o; o.parser(); print('torch' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True
    )
    assert shown.stdout.strip() == b"False"


def test_every_setting_is_an_option():
    """But for the two that are no number and no word."""
    known = {name for config in (ModelConfig(), TrainConfig()) for name in vars(config)}
    assert known - cli_options.SETTINGS.keys() == {"tie_weights", "betas"}
    assert cli_options.SETTINGS.keys() <= known
