import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from tinydecoder import ModelConfig, Transformer
from tinydecoder.batches import pad
from tinydecoder.corpus.clause import Sentence
from tinydecoder.corpus.generator import compositional_split, random_sentences
from tinydecoder.evaluation.alignment import (
    AlignmentScores,
    alignment_error_rate,
    alignment_scores,
    best_head,
    cross_attention,
    head_scores,
    links,
)
from tinydecoder.evaluation.metrics import proportion
from tinydecoder.text.tokenizer import END, START, MorphemeTokenizer
from tinydecoder.tracing import self_attention_weights, trace

SENTENCES = random_sentences(12, seed=3)
# "farmers buy it" is ರೈತ -ರು ಅದು -ಅನ್ನು ಕೊಳ್ಳು: the accusative has no English word.
FARMERS = Sentence(
    english=("farmers", "buy", "it"),
    kannada=("ರೈತರು", "ಅದನ್ನು", "ಕೊಳ್ಳು"),
    morphemes=("ರೈತ", "-ರು", "ಅದು", "-ಅನ್ನು", "ಕೊಳ್ಳು"),
    gloss=("farmer", "PL", "it", "ACC", "buy"),
    alignment=((0, 0), (1, 0), (2, 2), (4, 1)),
    combinations=(),
)
# Columns: farmers, buy, it, END. Row i has read the morphemes before i, predicts i.
FARMERS_WEIGHTS = torch.tensor(
    [
        [0.7, 0.1, 0.1, 0.1],  # START → ರೈತ: farmers, right
        [0.2, 0.5, 0.2, 0.1],  # ರೈತ → -ರು: buy, wrong
        [0.1, 0.1, 0.6, 0.2],  # -ರು → ಅದು: it, right
        [0.1, 0.1, 0.2, 0.6],  # ಅದು → -ಅನ್ನು: END, no link
        [0.4, 0.1, 0.0, 0.5],  # -ಅನ್ನು → ಕೊಳ್ಳು: END, no link, so the stem is missed
        [0.1, 0.1, 0.7, 0.1],  # ಕೊಳ್ಳು → END: no morpheme's row
    ]
)


def gold_weights(sentence, wrong=0):
    """Weights with each morpheme on its first gold word (+ wrong), others on END."""
    n_words = len(sentence.english)
    weights = torch.full((len(sentence.morphemes) + 1, n_words + 1), 0.01)
    weights[:, n_words] = 0.5
    for i, j in reversed(sentence.alignment):
        weights[i] = 0.01
        weights[i, (j + wrong) % n_words] = 0.9
    return weights


def ids_of(sentences):
    english = [" ".join(s.english) for s in sentences]
    kannada = [" ".join(s.morphemes) for s in sentences]
    source, target = MorphemeTokenizer.fit(english), MorphemeTokenizer.fit(kannada)
    sources = [[*source.encode(text), END] for text in english]
    targets = [[START, *target.encode(text), END] for text in kannada]
    return sources, targets, (source.vocab_size, target.vocab_size)


def small_model(vocab_sizes, **sizes):
    torch.manual_seed(0)
    config = ModelConfig(d_model=12, n_heads=3, d_ff=12, n_layers=2, **sizes)
    return Transformer(config, *vocab_sizes)


# Links


def test_links_of_a_head_worked_by_hand():
    assert links(FARMERS_WEIGHTS, 5, 3) == {(0, 0), (1, 1), (2, 2)}
    without_end = {(0, 0), (1, 1), (2, 2), (3, 2), (4, 0)}
    assert links(FARMERS_WEIGHTS, 5, 3, end=False) == without_end


def test_scores_of_a_head_worked_by_hand():
    """2 of 3 stems, 2 of 4 morphemes; AER = 1 − (2 + 2) / (3 + 4)."""
    scores = alignment_scores([FARMERS_WEIGHTS], [FARMERS])
    assert scores.stems == proportion(2, 3, "stems aligned")
    assert scores.morphemes == proportion(2, 4, "morphemes aligned")
    assert scores.error_rate == pytest.approx(3 / 7)


def test_the_row_is_the_one_that_predicts_the_morpheme():
    """Shifted by one row, each morpheme gets the link of the one before it."""
    weights = gold_weights(FARMERS)
    assert alignment_scores([weights], [FARMERS]).stems.value == 100
    read = torch.cat([weights[:1], weights[:-1]])
    assert alignment_scores([read], [FARMERS]).stems == proportion(
        1, 3, "stems aligned"
    )


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 4), st.booleans())
def test_padding_changes_no_link(n_morphemes, n_words, more, end):
    torch.manual_seed(n_morphemes * 100 + n_words)
    weights = torch.rand(n_morphemes + 1, n_words + 1).softmax(-1)
    found = links(weights, n_morphemes, n_words, end)
    padded = torch.full((n_morphemes + 1 + more, n_words + 1 + more), 9.0)
    padded[: n_morphemes + 1, : n_words + 1] = weights
    assert links(padded, n_morphemes, n_words, end) == found
    linked = [i for i, _ in found]
    assert len(set(linked)) == len(linked) <= n_morphemes
    assert end or len(linked) == n_morphemes


@pytest.mark.parametrize("n_morphemes, n_words", [(7, 3), (5, 4), (5, 0)])
def test_weights_that_are_too_small_are_refused(n_morphemes, n_words):
    with pytest.raises(ValueError, match="columns, got 6 and 4"):
        links(FARMERS_WEIGHTS, n_morphemes, n_words)


# The alignment error rate


def test_the_error_rate_worked_by_hand():
    """A of 4 links, S of 3, P of 5: |A ∩ S| = 2, |A ∩ P| = 3, so 1 − 5 / 7."""
    sure = {(0, 0), (1, 1), (2, 2)}
    possible = sure | {(3, 2), (3, 3)}
    predicted = {(0, 0), (1, 1), (3, 3), (2, 0)}
    assert alignment_error_rate([predicted], [sure], [possible]) == pytest.approx(2 / 7)
    # Without P only the sure links count: 1 − 4 / 7, which is 1 − F₁ of 2/4 and 2/3.
    assert alignment_error_rate([predicted], [sure]) == pytest.approx(3 / 7)


def test_the_counts_are_summed_before_they_are_divided():
    """1 − (2 · 1 + 2 · 0) / (1 + 1 + 1 + 3), not the mean of 0 and 1."""
    predicted = [{(0, 0)}, {(0, 0)}]
    sure = [{(0, 0)}, {(1, 1), (2, 2), (3, 3)}]
    assert alignment_error_rate(predicted, sure) == pytest.approx(4 / 6)


pairs = st.frozensets(st.tuples(st.integers(0, 3), st.integers(0, 3)), max_size=8)
corpora = st.lists(st.tuples(pairs, pairs, pairs), min_size=1, max_size=5)


@given(corpora, st.randoms(use_true_random=False))
def test_properties_of_the_error_rate(corpus, random):
    predicted, sure, more = map(list, zip(*corpus, strict=True))
    possible = [s | m for s, m in zip(sure, more, strict=True)]
    if not any(predicted) and not any(sure):
        with pytest.raises(ValueError, match="a link to count, got none"):
            alignment_error_rate(predicted, sure, possible)
        return
    rate = alignment_error_rate(predicted, sure, possible)
    assert 0 <= rate <= 1
    assert rate <= alignment_error_rate(predicted, sure)  # possible links only help
    order = list(range(len(corpus)))
    random.shuffle(order)
    shuffled = ([sets[i] for i in order] for sets in (predicted, sure, possible))
    assert alignment_error_rate(*shuffled) == rate
    if any(sure):
        assert alignment_error_rate(sure, sure, possible) == 0


def test_sets_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="as many sentences, got 1, 2 and 2"):
        alignment_error_rate([set()], [{(0, 0)}, set()])
    with pytest.raises(ValueError, match=r"sentence 0: .* got \[\(0, 0\)\]"):
        alignment_error_rate([{(0, 0)}], [{(0, 0)}], [{(1, 1)}])


# Heads


def test_gold_weights_align_every_stem_of_the_corpus():
    sentences = compositional_split(0, 0, 0, 20).held_out
    scores = alignment_scores([gold_weights(s) for s in sentences], sentences)
    assert scores.stems.value == scores.morphemes.value == 100
    one_word = [s for s in sentences if len(dict(s.alignment)) == len(s.alignment)]
    perfect = alignment_scores([gold_weights(s) for s in one_word], one_word)
    assert perfect.error_rate == 0
    wrong = [gold_weights(s, wrong=1) for s in one_word]
    assert alignment_scores(wrong, one_word).stems.value == 0


def test_shuffling_sentences_and_weights_together_changes_nothing():
    weights = [gold_weights(s, wrong=i % 2) for i, s in enumerate(SENTENCES)]
    scores = alignment_scores(weights, SENTENCES)
    assert 0 < scores.stems.value < 100
    assert alignment_scores(weights[::-1], SENTENCES[::-1]) == scores


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_cross_attention_is_what_the_model_computes(norm):
    sources, targets, vocab_sizes = ids_of(SENTENCES[:4])
    model = small_model(vocab_sizes, norm=norm, dropout=0.5)
    source_ids, target_ids = pad(sources), pad(targets)
    weights = cross_attention(model, source_ids, target_ids)
    assert model.training
    assert not weights.requires_grad
    assert weights.shape == (2, 4, 3, target_ids.size(1), source_ids.size(1))
    assert_close(weights.sum(-1), torch.ones(weights.shape[:-1]))
    padding = (source_ids == 0)[None, :, None, None, :].expand_as(weights)
    assert (weights[padding] == 0).all()
    # The same numbers by a hook, which the model's own call of each attention gives.
    seen = []
    for layer in model.eval().decoder.layers:
        layer.cross_attention.register_forward_hook(lambda *call: seen.append(call[2]))
    model(source_ids, target_ids)
    assert torch.equal(weights, torch.stack([output[1] for output in seen]))


def test_self_attention_is_the_other_sublayer_and_looks_at_nothing_later():
    sources, targets, vocab_sizes = ids_of(SENTENCES[:4])
    model = small_model(vocab_sizes)
    source_ids, target_ids = pad(sources), pad(targets)
    weights = self_attention_weights(model, source_ids, target_ids)
    length = target_ids.size(1)
    assert weights.shape == (2, 4, 3, length, length)
    assert (weights.triu(1) == 0).all() and (weights.diagonal(0, -2, -1) > 0).any()
    run = trace(model.eval(), source_ids, target_ids)
    for layer in (0, 1):
        traced = run[f"decoder.layers.{layer}.self_attention.weights"].value
        assert torch.equal(weights[layer], traced)


def test_head_scores_are_those_of_each_sentence_alone():
    sources, targets, vocab_sizes = ids_of(SENTENCES)
    model = small_model(vocab_sizes).double()
    scores = head_scores(model, sources, targets, SENTENCES, batch_size=5)
    assert list(scores) == [(layer, head) for layer in range(2) for head in range(3)]
    alone = [
        cross_attention(model, torch.tensor([source]), torch.tensor([target[:-1]]))
        for source, target in zip(sources, targets, strict=True)
    ]
    for (layer, head), found in scores.items():
        own = [weights[layer, 0, head] for weights in alone]
        assert alignment_scores(own, SENTENCES) == found


def test_a_head_that_looks_where_it_should_is_found(monkeypatch):
    """Layer 1, head 2 has the gold weights, the others have their rows on END."""

    def planted(model, source_ids, target_ids):
        weights = torch.zeros(
            2, len(SENTENCES), 3, *target_ids.shape[1:], source_ids.size(1)
        )
        for b, sentence in enumerate(SENTENCES):
            gold = gold_weights(sentence)
            weights[:, b, :, :, len(sentence.english)] = 1
            weights[1, b, 2, : gold.size(0), : gold.size(1)] = gold
        return weights

    sources, targets, vocab_sizes = ids_of(SENTENCES)
    monkeypatch.setattr("tinydecoder.evaluation.alignment.cross_attention", planted)
    scores = head_scores(small_model(vocab_sizes), sources, targets, SENTENCES)
    assert best_head(scores) == (1, 2)
    assert scores[1, 2].stems.value == 100
    assert scores[0, 0].stems.value == 0


def test_the_first_of_equal_heads_is_the_best():
    same = AlignmentScores(proportion(1, 2, "a"), proportion(1, 2, "b"), 0.5)
    assert best_head({(0, 1): same, (1, 0): same}) == (0, 1)
    with pytest.raises(ValueError, match="at least one head"):
        best_head({})


def test_ids_that_do_not_fit_their_sentence_are_refused():
    sources, targets, vocab_sizes = ids_of(SENTENCES)
    model = small_model(vocab_sizes)
    with pytest.raises(ValueError, match="as many, got 12, 12 and 11"):
        head_scores(model, sources, targets, SENTENCES[:-1])
    without_end = [target[:-1] for target in targets]
    with pytest.raises(ValueError, match="sentence 0 must have"):
        head_scores(model, sources, without_end, SENTENCES)
    with pytest.raises(ValueError, match="got 0 weights and 12 sentences"):
        alignment_scores([], SENTENCES)
