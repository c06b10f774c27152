import os

import pytest
import sacrebleu
import torch
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF

from tinydecoder import ModelConfig, Transformer
from tinydecoder.evaluation.accuracy import (
    teacher_forced_choices,
    token_accuracy_by_position,
)
from tinydecoder.evaluation.metrics import Score, bleu, chrf, exact_match, proportion
from tinydecoder.text.tokenizer import END, PAD, START

ZWNJ = "\u200c"
REFERENCES = [
    "ನಾನು ಮನೆಗೆ ಹೋಗುತ್ತಿದ್ದೇನೆ.",
    "ಅವಳು ಹೊಸ ಪುಸ್ತಕವನ್ನು ಓದುತ್ತಾಳೆ.",
    f"ಅವರು ಸಾಫ್ಟ್{ZWNJ}ವೇರ್ ಕೊಳ್ಳುತ್ತಾರೆ, ಹೌದು.",
    "ರೈತರು ಈ ಹಳ್ಳಿಯಲ್ಲಿ ಅದನ್ನು ಕೊಳ್ಳುತ್ತಾರೆ.",
]
HYPOTHESES = [
    "ನಾನು ಮನೆಗೆ ಹೋಗುತ್ತೇನೆ.",
    "ಅವಳು ಹೊಸ ಪುಸ್ತಕವನ್ನು ಓದುತ್ತಾಳೆ.",
    f"ಅವನು ಸಾಫ್ಟ್{ZWNJ}ವೇರ್ ಕೊಳ್ಳುತ್ತಾನೆ, ಹೌದು.",
    "ರೈತರು ಈ ಹಳ್ಳಿಯಲ್ಲಿ ಇವನ್ನು ಕೊಳ್ಳುತ್ತಾರೆ.",
]
FEW = {"resamples": 100}
scorers = pytest.mark.parametrize("scorer", [bleu, chrf])


# Shares


def test_a_score_reads_as_a_line():
    score = Score(99.6, 99.12, 99.83, "exact match")
    assert str(score) == "exact match 99.6 % (99.1 to 99.8)"


def test_the_wilson_interval_worked_by_hand():
    """8 of 10, z² = 3.8415: (0.8 + 0.1921 ± 1.96 √(0.016 + 0.0096)) / 1.3841."""
    score = proportion(8, 10, "right")
    assert (score.value, score.unit) == (80, "%")
    assert (score.low, score.high) == pytest.approx((49.02, 94.33), abs=0.01)


counts = st.integers(1, 5000).flatmap(
    lambda total: st.tuples(st.integers(0, total), st.just(total))
)


@given(counts)
def test_an_interval_holds_its_value_and_mirrors(count):
    right, total = count
    score = proportion(right, total, "right")
    assert 0 <= score.low <= score.value <= score.high <= 100
    assert score.high - score.low > 0
    mirror = proportion(total - right, total, "wrong")
    mirrored = (100 - mirror.high, 100 - mirror.low)
    assert (score.low, score.high) == pytest.approx(mirrored)
    more = proportion(100 * right, 100 * total, "right")
    assert more.high - more.low < score.high - score.low


@pytest.mark.parametrize(
    ("right", "total", "says"),
    [
        (0, 0, "stems: total must be at least 1, got 0"),
        (-1, 3, "stems: right must be from 0 to 3, got -1"),
        (4, 3, "stems: right must be from 0 to 3, got 4"),
    ],
)
def test_an_impossible_count_is_refused(right, total, says):
    with pytest.raises(ValueError, match=says):
        proportion(right, total, "stems")


def test_exact_match_counts_equal_texts():
    score = exact_match(HYPOTHESES, REFERENCES)
    assert (score.value, score.name) == (25, "exact match")
    assert exact_match(REFERENCES, REFERENCES).value == 100
    assert exact_match([f"ಸಾಫ್ಟ್{ZWNJ}ವೇರ್"], ["ಸಾಫ್ಟ್ವೇರ್"]).value == 0


# BLEU and chrF++


def test_scores_are_sacrebleus():
    assert bleu(HYPOTHESES, REFERENCES, **FEW).value == pytest.approx(
        sacrebleu.corpus_bleu(HYPOTHESES, [REFERENCES]).score
    )
    assert chrf(HYPOTHESES, REFERENCES, **FEW).value == pytest.approx(
        sacrebleu.corpus_chrf(HYPOTHESES, [REFERENCES], word_order=2).score
    )


@pytest.mark.parametrize(
    ("scorer", "metric"), [(bleu, BLEU()), (chrf, CHRF(word_order=2))]
)
def test_intervals_and_signatures_are_sacrebleus(scorer, metric, monkeypatch):
    monkeypatch.setenv("SACREBLEU_SEED", "7")
    direct = metric.corpus_score(HYPOTHESES, [REFERENCES], n_bootstrap=100)
    monkeypatch.delenv("SACREBLEU_SEED")
    score = scorer(HYPOTHESES, REFERENCES, resamples=100, seed=7)
    shown = f"{(score.low + score.high) / 2:.2f} ± {(score.high - score.low) / 2:.2f}"
    assert f"(μ = {shown})" in direct.format()
    assert score.signature == str(metric.get_signature())
    assert "|seed:7|" in score.signature
    assert score.unit == "points"


@scorers
@pytest.mark.parametrize("before", [None, "none", "3"])
def test_the_same_seed_gives_the_same_interval_and_leaves_no_trace(
    scorer, before, monkeypatch
):
    if before is None:
        monkeypatch.delenv("SACREBLEU_SEED", raising=False)
    else:
        monkeypatch.setenv("SACREBLEU_SEED", before)
    first = scorer(HYPOTHESES, REFERENCES, **FEW)
    assert scorer(HYPOTHESES, REFERENCES, **FEW) == first
    assert scorer(HYPOTHESES, REFERENCES, **FEW, seed=1).low != first.low
    assert os.environ.get("SACREBLEU_SEED") == before


def test_the_names_say_which_metric():
    assert str(bleu(REFERENCES, REFERENCES)) == "BLEU 100.0 points (100.0 to 100.0)"
    assert str(chrf(REFERENCES, REFERENCES)) == "chrF++ 100.0 points (100.0 to 100.0)"
    assert "|tok:13a|" in bleu(REFERENCES, REFERENCES, **FEW).signature
    assert "|nc:6|nw:2|" in chrf(REFERENCES, REFERENCES, **FEW).signature


def test_13a_leaves_kannada_words_whole():
    """Each Kannada sign stays in its word: vowel signs, virama, ZWNJ, ZWJ, digits."""
    tokens = BLEU(tokenize="13a").tokenizer
    assert tokens(REFERENCES[2]) == f"ಅವರು ಸಾಫ್ಟ್{ZWNJ}ವೇರ್ ಕೊಳ್ಳುತ್ತಾರೆ , ಹೌದು ."
    signs = [chr(code) for code in (*range(0x0C80, 0x0D00), 0x200C, 0x200D)]
    word = "".join(f"ಕ{sign}" for sign in signs)
    assert tokens(word) == word


texts = st.text(alphabet="ab ಕಿ್ಷ.\u200c", max_size=12)


@scorers
@given(pairs=st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_any_texts_score_from_0_to_100(scorer, pairs):
    score = scorer(*map(list, zip(*pairs, strict=True)), resamples=40)
    assert 0 <= score.low <= score.high <= 100
    assert 0 <= score.value <= 100


@scorers
def test_a_model_that_gets_almost_nothing_right_has_a_score(scorer):
    """Some resamples have no match at all, as after a step of training."""
    right = "ನಾನು ಈ ಹೊಸ ಮನೆಗೆ ಹೋಗುತ್ತೇನೆ"
    score = scorer([right, *["ab"] * 4], [right, *["ಮನೆ"] * 4])
    assert 0 <= score.low < score.value < score.high <= 100


@scorers
def test_shuffling_the_pairs_together_changes_no_value(scorer):
    order = [2, 0, 3, 1]
    shuffled = scorer(
        [HYPOTHESES[i] for i in order], [REFERENCES[i] for i in order], **FEW
    )
    value = scorer(HYPOTHESES, REFERENCES, **FEW).value
    assert shuffled.value == pytest.approx(value)


@scorers
def test_one_sentence_has_the_widest_interval(scorer):
    score = scorer(HYPOTHESES[:1], REFERENCES[:1])
    assert 0 < score.value < 100
    assert (score.low, score.high) == (0, 100)


@pytest.mark.parametrize("metric", [exact_match, bleu, chrf])
def test_lists_that_do_not_fit_are_refused(metric):
    with pytest.raises(ValueError, match="got 1 hypotheses and 4 references"):
        metric(HYPOTHESES[:1], REFERENCES)
    with pytest.raises(ValueError, match="at least one pair to score, got none"):
        metric([], [])
    with pytest.raises(TypeError, match=r"write \[text\]"):
        metric("one", "one")


@scorers
def test_too_few_resamples_are_refused(scorer):
    with pytest.raises(ValueError, match="resamples must be at least 40, got 39"):
        scorer(HYPOTHESES, REFERENCES, resamples=39)


# Token accuracy by position


def small_model(seed=0):
    torch.manual_seed(seed)
    config = ModelConfig(d_model=8, n_heads=2, d_ff=8, n_layers=1, dropout=0.5)
    return Transformer(config, source_vocab_size=9, target_vocab_size=9)


SOURCES = [[4, 5, END], [6, END], [7, 8, 4, END]]
TARGETS = [[START, 4, 5, END], [START, 6, END], [START, 7, 8, 4, 5, END]]


def test_teacher_forcing_reads_the_gold_prefix_at_each_row():
    """Beside one sentence and one prefix at a time, without padding."""
    model = small_model()
    choices = teacher_forced_choices(model, SOURCES, TARGETS, batch_size=2)
    assert model.training
    model.eval()
    for source, target, chosen in zip(SOURCES, TARGETS, choices, strict=True):
        assert len(chosen) == len(target) - 1
        for i in range(len(chosen)):
            prefix = torch.tensor([target[: i + 1]])
            logits = model(torch.tensor([source]), prefix)[0, -1]
            assert chosen[i] == logits.argmax()


def test_counts_by_position_worked_by_hand():
    """Choice i stands beside token i + 1; free running is wrong where it is shorter."""
    model = small_model()
    choices = teacher_forced_choices(model, SOURCES, TARGETS)
    generated = [
        [4, 5, END, PAD, PAD],  # right to the end
        [START, 6, 4, END],  # right, then no END where it was due
        [7, END, 8, 4, 5, END],  # what stands after END is not read
    ]
    found = token_accuracy_by_position(model, SOURCES, TARGETS, generated)
    assert [p.position for p in found] == [0, 1, 2, 3, 4]
    assert [p.total for p in found] == [3, 3, 2, 1, 1]
    assert [p.free_running_right for p in found] == [3, 1, 1, 0, 0]
    for p in found:
        gold = [(c, t) for c, t in zip(choices, TARGETS, strict=True)]
        hits = [
            c[p.position] == t[p.position + 1] for c, t in gold if p.position < len(c)
        ]
        assert p.teacher_forced_right == sum(hits)
    assert str(found[1].free_running).startswith("free running, position 1 33.3 %")
    assert found[0].teacher_forced.name == "teacher forced, position 0"


def test_gold_that_the_model_would_choose_is_all_right():
    model = small_model(1).eval()
    own = [START]
    for _ in range(4):
        own.append(
            int(model(torch.tensor([[4, END]]), torch.tensor([own]))[0, -1].argmax())
        )
    assert END not in own[1:], "choose another seed"
    for p in token_accuracy_by_position(model, [[4, END]], [own], [own]):
        assert p.teacher_forced_right == p.free_running_right == p.total == 1


@given(order=st.permutations(range(3)), batch_size=st.integers(1, 4))
def test_order_and_batches_change_no_count(order, batch_size):
    model = small_model()
    lists = (SOURCES, TARGETS, TARGETS)
    shuffled = [[ids[i] for i in order] for ids in lists]
    found = token_accuracy_by_position(model, *shuffled, batch_size=batch_size)
    assert found == token_accuracy_by_position(model, *lists)


@pytest.mark.parametrize(
    ("lists", "says"),
    [
        ((SOURCES, TARGETS, TARGETS[:2]), "as many, got 3, 3 and 2"),
        (([], [], []), "at least one pair, got none"),
        (([[4, END]], [[4, END]], [[]]), r"target 0 must be START .* got \[4, 2\]"),
        (([[4, END]], [[START]], [[]]), r"target 0 .* at least one token, got \[1\]"),
    ],
)
def test_ids_that_do_not_fit_are_refused(lists, says):
    with pytest.raises(ValueError, match=says):
        token_accuracy_by_position(small_model(), *lists)
