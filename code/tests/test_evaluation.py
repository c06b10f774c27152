import re

import pytest
import torch
from tiny_translator import SENTENCES, overfitted, untrained

from tinydecoder.checkpoint import Translator
from tinydecoder.cli.result_tables import POSITIONS, evaluation_table
from tinydecoder.config import ModelConfig
from tinydecoder.datasets import held_out_pairs, held_out_sentences
from tinydecoder.evaluation.held_out import evaluate
from tinydecoder.evaluation.metrics import Score
from tinydecoder.model import Transformer
from tinydecoder.sampling import sample
from tinydecoder.text.parallel import Pair
from tinydecoder.text.tokenizer import WordTokenizer
from tinydecoder.translation import translate

PAIRS = [Pair(" ".join(s.english), " ".join(s.kannada)) for s in SENTENCES]
SOURCES = [pair.source for pair in PAIRS]


def test_an_overfitted_model_writes_what_it_learned():
    found = translate(overfitted(), SOURCES)
    assert [text for text, _ in found] == [pair.target for pair in PAIRS]
    assert all(generation.stopped == "end" for _, generation in found)


@pytest.mark.parametrize("batch_size", [1, 5, 24])
def test_the_order_is_kept_whatever_the_batches(batch_size):
    targets = [pair.target for pair in PAIRS]
    found = translate(overfitted(), SOURCES, batch_size=batch_size)
    assert [text for text, _ in found] == targets
    backwards = translate(overfitted(), SOURCES[::-1], batch_size=batch_size)
    assert [text for text, _ in backwards] == targets[::-1]


@pytest.mark.parametrize("width", [2, 4])
def test_a_beam_keeps_the_order_and_finds_what_was_learned(width):
    found = translate(overfitted(), SOURCES, width=width)
    assert [text for text, _ in found] == [pair.target for pair in PAIRS]


def test_a_beam_of_1_is_greedy():
    translator = untrained()
    greedy = translate(translator, SOURCES, limit=9)
    beam = translate(translator, SOURCES, width=1, limit=9)
    assert [text for text, _ in greedy] == [text for text, _ in beam]


def test_a_sample_is_the_generators():
    def drawn(seed):
        choose = sample(generator=torch.Generator().manual_seed(seed))
        return [t.text for t in translate(untrained(), SOURCES, choose, limit=9)]

    assert drawn(1) == drawn(1) != drawn(2)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"width": 3, "choose": sample()}, "a beam .* sample with width 1"),
        ({"width": 0}, "width must be at least 1.*got 0"),
        ({"limit": 0}, "limit must be at least 1"),
        ({"width": 2, "length_penalty": -1.0}, "length_penalty must be at least 0"),
    ],
)
def test_what_cannot_be_is_refused(options, says):
    with pytest.raises(ValueError, match=says):
        translate(untrained(), SOURCES, **options)


@pytest.mark.parametrize("width", [1, 2])
def test_of_nothing_nothing_is_said(width):
    """A text without words gets none, at its place; the others are as without it."""
    found = translate(overfitted(), ["", SOURCES[0], " ?. ", SOURCES[1]], width=width)
    targets = ["", PAIRS[0].target, "", PAIRS[1].target]
    assert [text for text, _ in found] == targets
    assert found[0].generation.ids == () and found[0].generation.stopped == "end"


def test_no_texts_have_no_translations():
    assert translate(untrained(), []) == []


def test_the_limit_cuts_off():
    (found,) = translate(overfitted(), SOURCES[:1], limit=2)
    assert found.generation.stopped == "limit" and len(found.generation.ids) == 2


def test_a_bar_is_shown_on_request(capsys):
    translate(untrained(), SOURCES, limit=2, progress=True)
    assert "24/24" in capsys.readouterr().err
    translate(untrained(), SOURCES, limit=2)
    assert capsys.readouterr() == ("", "")


# Evaluation


def tokenizers(translator):
    return translator.source_tokenizer, translator.target_tokenizer


def evaluate_sentences(translator, **options):
    sentences = held_out_sentences(SENTENCES, *tokenizers(translator))
    return evaluate(translator, sentences, **options)


def evaluate_pairs(translator, pairs, **options):
    return evaluate(
        translator, held_out_pairs(pairs, *tokenizers(translator)), **options
    )


def test_an_overfitted_model_has_every_point():
    found = evaluate_sentences(overfitted())
    assert [score.name for score in found.scores] == ["exact match", "chrF++", "BLEU"]
    assert all(isinstance(score, Score) for score in found.scores)
    assert [score.value for score in found.scores] == pytest.approx([100, 100, 100])
    assert found.translations == [pair.target for pair in PAIRS]
    for place in found.positions:
        assert place.teacher_forced_right == place.free_running_right == place.total
    assert [place.position for place in found.positions] == list(
        range(max(len(s.morphemes) for s in SENTENCES) + 1)
    )
    assert found.positions[0].total == len(SENTENCES)
    assert found.heads.keys() == {(0, 0), (0, 1)}


def test_an_untrained_model_has_few_points():
    found = evaluate_sentences(untrained(), limit=20)
    assert found.scores[0].value == 0
    assert found.scores[1].value < 50


def test_a_beam_is_measured_too():
    found = evaluate_pairs(overfitted(), PAIRS[:5], width=2, limit=20)
    assert found.scores[0].value == 100


def test_no_pairs_are_refused():
    with pytest.raises(ValueError, match="at least one pair to score, got none"):
        evaluate_pairs(untrained(), [])


def test_morphemes_have_no_place_among_written_words():
    """Pairs as people write them do not say where the model's tokens are."""
    found = evaluate_pairs(overfitted(), PAIRS)
    assert found.scores[0].value == 100
    assert found.positions == [] and found.heads == {}
    assert "position" not in evaluation_table(found)


def test_spaces_and_composition_do_not_count():
    def other(text):
        return "  " + text.replace(" ", " \u00a0") + "\r"

    # U+0CCA has the decomposed form U+0CC6 U+0CC2.
    targets = [pair.target.replace("\u0cca", "\u0cc6\u0cc2") for pair in PAIRS]
    assert targets != [pair.target for pair in PAIRS]
    texts = zip(SOURCES, targets, strict=True)
    found = evaluate_pairs(overfitted(), [Pair(*map(other, pair)) for pair in texts])
    assert found.scores[0].value == 100
    words = WordTokenizer.fit(pair.target for pair in PAIRS)
    model = Transformer(ModelConfig(8, 2, 8, 1), words.vocab_size, words.vocab_size)
    translator = Translator(model, words, words)
    clean, raw = (
        evaluate_pairs(translator, pairs, limit=3).positions
        for pairs in (PAIRS, [Pair(other(s), other(t)) for s, t in PAIRS])
    )
    assert clean == raw != []


def test_the_report_says_what_was_measured():
    found = evaluate_sentences(overfitted())
    lines = evaluation_table(found).splitlines()
    assert lines[:3] == [str(score) for score in found.scores]
    assert lines[0].startswith("exact match 100.0 % (")
    start = lines.index("right tokens at position    of  gold prefix  own prefix")
    rows = lines[start + 1 : lines.index("", start)]
    shown = found.positions[:POSITIONS]
    for place, row in zip(shown, rows, strict=False):
        assert row.split() == [
            *(str(place.position), str(place.total), "100.0", "%", "100.0", "%"),
        ]
    assert (len(rows) > POSITIONS) == (len(found.positions) > POSITIONS)
    heads = lines[lines.index("", start) + 1 :]
    assert heads[0].startswith("cross-attention against gold")
    assert [re.match(r"layer \d, head \d", row)[0] for row in heads[1:]] == [
        *("layer 0, head 0", "layer 0, head 1"),
    ]
    for row, scores in zip(heads[1:], found.heads.values(), strict=True):
        numbers = [float(number) for number in re.findall(r"\d+\.\d+", row)]
        expected = scores.stems.value, scores.morphemes.value, scores.error_rate
        assert numbers == pytest.approx(expected, abs=0.051)


def test_later_positions_share_a_row():
    sides = [" ".join(f"w{i}" for i in range(length)) for length in (20, 15, 3)]
    words = WordTokenizer.fit(sides)
    torch.manual_seed(0)
    model = Transformer(ModelConfig(8, 2, 8, 1), words.vocab_size, words.vocab_size)
    pairs = [Pair(side, side) for side in sides]
    found = evaluate_pairs(Translator(model, words, words), pairs, limit=5)
    rows = evaluation_table(found).splitlines()[5:]
    assert len(rows) == POSITIONS + 1
    later = sum(place.total for place in found.positions[POSITIONS:])
    assert rows[-1].strip().startswith("12 and later")
    assert rows[-1].split()[3] == str(later) == str((21 - 12) + (16 - 12))
    assert "cross-attention" not in evaluation_table(found)
