"""Writing tokens: with and without a cache, greedy, at random, with a beam."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from tinydecoder import ModelConfig
from tinydecoder.cache import DecoderCache
from tinydecoder.generation import Generation, beam_search, beam_steps, generate
from tinydecoder.model import Transformer
from tinydecoder.sampling import greedy, next_token_probabilities, sample
from tinydecoder.text.tokenizer import END, PAD, START

VOCABULARY = 9
LIMIT = 6
few = settings(max_examples=10)  # each example writes whole targets


def model_of(seed, norm="pre", n_layers=2, dropout=0.0):
    torch.manual_seed(seed)
    config = ModelConfig(8, 2, 16, n_layers, norm=norm, dropout=dropout)
    model = Transformer(config, VOCABULARY, VOCABULARY).double()
    with (
        torch.no_grad()
    ):  # a fresh model writes the token it has read: make it livelier
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter))
    return model


def sources(seed, batch=4, length=6):
    generator = torch.Generator().manual_seed(seed)
    ids = torch.randint(4, VOCABULARY, (batch, length), generator=generator)
    for row in range(1, batch):
        ids[row, length - row :] = PAD
    return ids


models = st.builds(
    model_of,
    st.integers(0, 10_000),
    st.sampled_from(["pre", "post"]),
    st.integers(1, 3),
)
batches = st.builds(sources, st.integers(0, 10_000))


@given(models, batches, st.lists(st.integers(1, 3), min_size=1, max_size=4))
def test_the_cache_changes_no_logit_however_the_target_is_cut(model, source, cuts):
    target = torch.randint(1, VOCABULARY, (len(source), sum(cuts)))
    cache, memory = DecoderCache(model.config.n_layers), model.encode(source)
    pieces = target.split(cuts, dim=1)
    logits = [model.decode(piece, memory, source, cache) for piece in pieces]
    assert_close(torch.cat(logits, dim=1), model(source, target))
    assert cache.target_length == sum(cuts)
    assert cache.source_length == source.size(1)


@few
@given(models, batches)
def test_generation_is_the_same_with_and_without_a_cache(model, source):
    cached, plain = (
        generate(model, source, limit=LIMIT, use_cache=c) for c in (True, False)
    )
    assert [g.ids for g in cached] == [g.ids for g in plain]
    assert [g.stopped for g in cached] == [g.stopped for g in plain]
    for a, b in zip(cached, plain, strict=True):
        assert math.isclose(a.log_probability, b.log_probability, abs_tol=1e-9)


@few
@given(models, batches)
def test_a_batch_is_its_rows(model, source):
    alone = [generate(model, row[row != PAD][None], limit=LIMIT)[0] for row in source]
    together = generate(model, source, limit=LIMIT)
    assert [g.ids for g in together] == [g.ids for g in alone]


@few
@torch.no_grad()
@given(models, batches)
def test_log_probability_is_what_one_parallel_pass_says(model, source):
    for row, found in zip(source, generate(model, source, limit=LIMIT), strict=True):
        ids = [*found.ids] + [END] * (found.stopped == "end")
        logits = model(row[None], torch.tensor([[START, *ids[:-1]]]))[0]
        logits[:, [PAD, START]] = -torch.inf
        logs = logits.log_softmax(-1)[range(len(ids)), ids]
        assert math.isclose(float(logs.sum()), found.log_probability, abs_tol=1e-9)
        assert torch.equal(logits.argmax(-1), torch.tensor(ids))  # greedy


@few
@given(models, batches)
def test_a_row_stops_at_end_or_at_the_limit(model, source):
    for found in generate(model, source, limit=LIMIT):
        assert not {PAD, START, END} & set(found.ids)
        written = len(found.ids) + (found.stopped == "end")
        assert written == LIMIT if found.stopped == "limit" else written <= LIMIT


def test_finished_rows_leave_the_batch():
    """And each result goes to the source it belongs to."""
    seen = []

    def choose(log_probabilities):
        """At each step the first of the rows that are left ends."""
        seen.append(len(log_probabilities))
        return torch.tensor([END] + [5] * (len(log_probabilities) - 1))

    found = generate(model_of(0), sources(0), choose, limit=20)
    assert seen == [4, 3, 2, 1]
    assert [g.ids for g in found] == [(), (5,), (5, 5), (5, 5, 5)]
    assert all(g.stopped == "end" for g in found)


@few
@given(models, batches)
def test_a_beam_of_width_one_is_greedy(model, source):
    for row in source:
        (found,) = beam_search(model, row[None], width=1, limit=LIMIT)
        assert found.ids == generate(model, row[None], limit=LIMIT)[0].ids


@few
@torch.no_grad()
@given(models, st.integers(0, 10_000), st.booleans())
def test_a_beam_as_wide_as_the_tree_finds_the_best(model, seed, use_cache):
    """Against every target of up to three tokens, all scored in one pass."""
    source, limit = sources(seed, batch=1, length=4), 3
    allowed = torch.tensor([i for i in range(VOCABULARY) if i not in (PAD, START)])
    every = torch.cartesian_prod(*[allowed] * limit)  # (343, 3)
    rows = torch.nn.functional.pad(every[:, :-1], (1, 0), value=START)
    logits = model(source.expand(len(every), -1), rows)
    logits[..., [PAD, START]] = -torch.inf
    logs = logits.log_softmax(-1).gather(2, every[..., None])[..., 0]
    ended_before = torch.nn.functional.pad((every == END).cumsum(1), (1, -1)) > 0
    best = float(logs.masked_fill(ended_before, 0.0).sum(1).max())
    found = beam_search(model, source, 1000, 0.0, limit, use_cache)
    assert math.isclose(found[0].score(0.0), best, abs_tol=1e-9)
    scores = [g.score(0.0) for g in found]
    assert scores == sorted(scores, reverse=True)


@few
@given(models, batches, st.integers(1, 4), st.booleans())
def test_the_steps_of_a_beam_lead_to_its_results(model, source, width, use_cache):
    source = source[:1]
    steps = list(beam_steps(model, source, width, LIMIT, use_cache))
    assert len(steps) <= LIMIT
    found = beam_search(model, source, width, 0.6, LIMIT, use_cache)
    last = [path.result() for path in steps[-1]]
    assert sorted(last, key=lambda one: -one.score(0.6)) == found
    before = [((), 0.0)]
    for number, paths in enumerate(steps, start=1):
        assert 1 <= len(paths) <= width
        for path in paths:
            held = path in before and path.ids[-1] == END
            grown = len(path.ids) == number and path.ids[:-1] in dict(before)
            assert held or grown
        assert {p for p in before if p[0][-1:] == (END,)} <= set(paths)
        before = paths


@few
@given(models, batches)
def test_the_steps_of_a_beam_of_width_one_are_the_prefixes_of_greedy(model, source):
    (found,) = generate(model, source[:1], limit=LIMIT)
    written = (*found.ids, *([END] if found.stopped == "end" else []))
    steps = list(beam_steps(model, source[:1], 1, LIMIT))
    assert [path.ids for (path,) in steps] == [
        written[: i + 1] for i in range(len(written))
    ]


def test_between_two_steps_of_a_beam_the_caller_is_in_its_own_mode():
    model, source = model_of(4, dropout=0.5), sources(4, batch=1)
    for _ in beam_steps(model, source, 2, LIMIT):
        assert model.training
        assert not torch.is_inference_mode_enabled()


def test_a_wider_beam_is_never_less_likely_on_this_model():
    model, source = model_of(3), sources(3, batch=1)
    by_width = [
        beam_search(model, source, width, 0.0, LIMIT)[0].score(0.0)
        for width in (1, 2, 4, 8)
    ]
    assert by_width[-1] >= by_width[0]


def test_the_length_penalty_is_the_papers():
    """By hand: lengths 5 (with END) and 11 at alpha 1 divide by 10/6 and 16/6."""
    assert math.isclose(Generation((4,) * 4, -1.0, "end").score(1.0), -0.6)
    assert math.isclose(Generation((4,) * 11, -1.0, "limit").score(1.0), -6 / 16)
    assert Generation((4,), -1.0, "end").score(0.0) == -1.0


LOGITS = torch.tensor([[0.5, 0.25, 0.125, 0.125]], dtype=torch.float64).log()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, [0.5, 0.25, 0.125, 0.125]),
        ({"top_k": 1}, [1, 0, 0, 0]),
        ({"top_k": 2}, [2 / 3, 1 / 3, 0, 0]),
        ({"top_k": 9}, [0.5, 0.25, 0.125, 0.125]),
        ({"top_p": 0.5}, [1, 0, 0, 0]),
        ({"top_p": 0.6}, [2 / 3, 1 / 3, 0, 0]),
        ({"top_p": 0.8}, [4 / 7, 2 / 7, 1 / 7, 0]),
        ({"temperature": 0.5}, [16 / 22, 4 / 22, 1 / 22, 1 / 22]),
        ({"top_k": 2, "top_p": 0.6}, [1, 0, 0, 0]),
    ],
)
def test_the_filters_by_hand(values, expected):
    found = next_token_probabilities(LOGITS, **values)
    assert_close(found, torch.tensor([expected], dtype=torch.float64))
    order = torch.tensor([2, 0, 3, 1])
    assert_close(
        next_token_probabilities(LOGITS[:, order], **values).sum(), found.sum()
    )


@given(
    st.integers(0, 10_000), st.floats(0.05, 5), st.integers(1, 8), st.floats(0.05, 1)
)
def test_a_filtered_distribution_is_a_distribution(seed, temperature, k, p):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(3, 8, generator=generator, dtype=torch.float64)
    chances = next_token_probabilities(logits, temperature, k, p)
    assert_close(chances.sum(-1), torch.ones(3, dtype=torch.float64))
    assert ((chances > 0).sum(-1) <= k).all()
    best = logits.argmax(-1, keepdim=True)
    assert (chances.gather(-1, best) > 0).all()
    shuffle = torch.randperm(8, generator=generator)
    again = next_token_probabilities(logits[:, shuffle], temperature, k, p)
    assert_close(again, chances[:, shuffle])


def test_samples_come_as_often_as_the_distribution_says():
    generator = torch.Generator().manual_seed(0)
    choose = sample(top_k=3, generator=generator)
    ids = choose(LOGITS.expand(20_000, 4))
    shares = ids.bincount(minlength=4) / len(ids)
    expected = next_token_probabilities(LOGITS, top_k=3)[0]
    assert_close(shares.double(), expected, atol=0.015, rtol=0)
    assert shares[3] == 0 or shares[2] == 0


def test_the_same_generator_writes_the_same():
    model, source = model_of(1), sources(1)
    twice = [
        generate(model, source, sample(generator=torch.Generator().manual_seed(7)), 5)
        for _ in range(2)
    ]
    assert twice[0] == twice[1]
    assert twice[0] != generate(model, source, greedy, 5)


def test_a_low_temperature_is_greedy():
    model, source = model_of(2), sources(2)
    cold = generate(model, source, sample(temperature=1e-4), LIMIT)
    assert [g.ids for g in cold] == [
        g.ids for g in generate(model, source, limit=LIMIT)
    ]


@pytest.mark.parametrize("way", [generate, beam_search])
def test_dropout_is_off_and_the_model_is_left_as_it_was(way):
    model, source = model_of(4, dropout=0.5), sources(4, batch=1)
    assert model.training
    assert way(model, source, limit=LIMIT) == way(model, source, limit=LIMIT)
    assert model.training


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"temperature": 0.0}, "temperature must be above 0, got 0.0; greedy"),
        ({"top_k": 0}, "top_k must be at least 1"),
        ({"top_p": 0.0}, "top_p must be above 0 and at most 1"),
        ({"top_p": 1.5}, "top_p must be above 0 and at most 1"),
    ],
)
def test_sampling_refuses_what_it_cannot_do(values, message):
    with pytest.raises(ValueError, match=message):
        sample(**values)
    with pytest.raises(ValueError, match=message):
        next_token_probabilities(LOGITS, **values)


@pytest.mark.parametrize(
    ("way", "values", "message"),
    [
        (generate, {"limit": 0}, "limit must be at least 1"),
        (beam_search, {"limit": 0}, "limit must be at least 1"),
        (beam_search, {"width": 0}, "width must be at least 1"),
        (beam_search, {"length_penalty": -1.0}, "length_penalty must be at least 0"),
    ],
)
def test_generation_refuses_what_it_cannot_do(way, values, message):
    with pytest.raises(ValueError, match=message):
        way(model_of(0), sources(0, batch=1), **values)


def test_a_beam_takes_one_source():
    model = model_of(0).eval()
    for beam in (beam_search, lambda *two: list(beam_steps(*two))):
        with pytest.raises(ValueError, match="writes for one source, got 2 sources"):
            beam(model, sources(0, batch=2))


def test_a_source_without_padding_needs_no_mask():
    """Writer leaves the mask out then; with padding it keeps it."""
    model = model_of(0).eval()
    memory, ids = model.encode(whole := sources(0, batch=1)), torch.tensor([[START, 5]])
    assert torch.equal(
        model.decode(ids, memory), model.decode(ids, memory, source_ids=whole)
    )
    padded = sources(0, batch=4)
    together = generate(model, padded, limit=LIMIT)
    for row, one in zip(padded, together, strict=True):
        (alone,) = generate(model, row[row != PAD][None], limit=LIMIT)
        assert alone.ids == one.ids
