"""The three other inputs: what the data promises, the rows by slow loops, learning a little."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from tinydecoder import (
    END,
    START,
    ModelConfig,
    TrainConfig,
    pad,
    sinusoidal_positional_encoding,
)
from tinydecoder.corpus.lexicon import TIMES
from tinydecoder.corpus.tokenizers import KannadaTokenizer
from tinydecoder.other_inputs import facts, pictures, series
from tinydecoder.other_inputs.captioner import (
    Captioner,
    PatchRows,
    caption_loss,
    cut_patches,
    grid_positional_encoding,
    write_captions,
)
from tinydecoder.other_inputs.fitting import batch_of, fit
from tinydecoder.other_inputs.forecaster import (
    UNIT,
    Forecaster,
    TimedRows,
    forecast,
    squared_error,
)

SMALL = ModelConfig(d_model=12, n_heads=3, d_ff=20, n_layers=1)
FEW = TrainConfig(steps=20, learning_rate=1e-2, warmup_steps=2)


def forecaster():
    torch.manual_seed(0)
    return Forecaster(SMALL, n_vars=2).double()


# -- series


def test_a_series_is_at_uneven_times_and_the_last_known_point_at_0():
    drawn = series.draw_series(7, seed=0)
    past, future = drawn.past(), drawn.future()
    assert past.values.shape == (7, series.PAST, 2)
    assert future.times.shape == (7, series.FUTURE)
    assert (past.times[:, -1] == 0).all()
    gaps = drawn.times.diff()
    short = gaps < series.LONG[0] - 1e-9
    assert gaps.min() >= series.SHORT[0] - 1e-9 and gaps.max() < series.LONG[1]
    assert 0.4 < short.double().mean() < 0.8
    assert (gaps[short] < series.SHORT[1] + 1e-9).all()


def test_a_seed_gives_one_set_and_another_seed_another():
    first, again, other = (series.draw_series(3, seed) for seed in (4, 4, 5))
    assert torch.equal(first.values, again.values)
    assert not torch.equal(first.values, other.values)


def test_a_series_is_two_sines_and_the_second_variable_leads(monkeypatch):
    """With points every LEAD seconds, what the one shows now the other shows next."""
    step = (series.LEAD, series.LEAD + 1e-12)
    monkeypatch.setattr(series, "SHORT", step)
    monkeypatch.setattr(series, "LONG", step)
    values = series.draw_series(5, seed=1).values
    assert_close(values[:, 1:, 0], values[:, :-1, 1], atol=1e-6, rtol=0)
    assert values.abs().max() <= 2


def test_counted_times_are_even_and_keep_values_and_the_zero():
    drawn = series.draw_series(3, seed=0)
    counted = drawn.counted()
    gaps = counted.times.diff()
    assert_close(gaps, gaps[:, :1].expand_as(gaps), atol=1e-5, rtol=0)
    assert (counted.times[:, series.PAST - 1] == 0).all()
    assert torch.equal(counted.values, drawn.values)
    mean = series.draw_series(400, seed=0).times.diff().mean()
    assert gaps[0, 0].item() == pytest.approx(mean.item(), rel=0.05)


def test_a_timed_row_is_the_linear_map_plus_each_times_own_encoding():
    layer = TimedRows(n_vars=3, d_model=12)
    values, times = torch.randn(2, 5, 3), torch.rand(2, 5)
    rows = layer(values, times)
    for b in range(2):
        for i in range(5):
            place = sinusoidal_positional_encoding(times[b, i : i + 1] / UNIT, 12)[0]
            assert_close(rows[b, i], layer.linear(values[b, i]) + place)


def test_a_forecast_reads_no_later_value_and_no_later_time():
    model, drawn = forecaster(), series.draw_series(3, seed=0)
    past, future = drawn.past(), drawn.future()
    before = model(past, future.values, future.times)
    values, times = future.values.clone(), future.times.clone()
    values[:, 4:] += 1
    times[:, 4:] += 1
    after = model(past, values, times)
    assert_close(before[:, :4], after[:, :4], atol=1e-12, rtol=0)
    assert (before[:, 4:] != after[:, 4:]).all(dim=-1).all()


def test_a_free_forecast_reads_its_own_numbers():
    """One parallel pass over what was forecast, shifted by one, gives the forecast again."""
    model, drawn = forecaster(), series.draw_series(3, seed=0)
    past, times = drawn.past(), drawn.future().times
    found = forecast(model, past, times)
    shifted = torch.cat([past.values[:, -1:], found[:, :-1]], dim=1)
    assert_close(model(past, shifted, times), found)
    assert model.training  # its mode is left as it was


def test_the_error_is_that_of_the_shifted_truth():
    model, drawn = forecaster(), series.draw_series(2, seed=0)
    before = drawn.values[:, series.PAST - 1 : -1]
    found = model(drawn.past(), before, drawn.future().times)
    expected = (found - drawn.values[:, series.PAST :]).square().mean()
    assert_close(squared_error(model, drawn), expected)


def test_a_forecaster_learns():
    model, drawn = forecaster(), series.draw_series(64, seed=0)

    def loss_of(step):
        return squared_error(model, series.Series(*batch_of(drawn, step, 16)))

    losses = fit(model, loss_of, FEW)
    assert len(losses) == FEW.steps and losses[-1] < 0.5 * losses[0]
    assert not model.training


def test_batches_go_round():
    one, two = batch_of([torch.arange(5), 10 * torch.arange(5)], step=1, size=3)
    assert one.tolist() == [3, 4, 0] and two.tolist() == [30, 40, 0]


# -- pictures


def test_a_caption_says_what_is_in_the_picture():
    """Read back from the pixels: which colour, in which quarter."""
    drawn = pictures.draw_pictures(40, seed=0)
    side = pictures.GRID * pictures.CELL
    assert drawn.pixels.shape == (40, 3, side, side)
    half = side // 2
    for pixels, caption in zip(drawn.pixels, drawn.captions, strict=True):
        colour, shape, *place = caption.split()
        for number, quarter in enumerate(pictures.QUARTERS):
            down, across = half * (number // 2), half * (number % 2)
            part = pixels[:, down : down + half, across : across + half]
            ink = part[:, (part != 1).any(dim=0)].T
            if quarter.split() != place:
                assert not len(ink)
                continue
            assert len(ink) == pictures.stencil(shape).sum()
            expected = torch.tensor([pictures.COLOURS[colour]])
            assert_close(ink.unique(dim=0), expected)


def test_a_thing_lies_in_one_patch():
    drawn = pictures.draw_pictures(20, seed=1)
    inked = (cut_patches(drawn.pixels, pictures.CELL) != 1).any(dim=-1)
    assert (inked.sum(dim=1) == 1).all()


def test_pictures_that_are_kept_back_are_not_drawn_again():
    album = pictures.draw_pictures(10, seed=3)
    others = pictures.draw_pictures(10, seed=3, besides=album)
    both = torch.cat([album.pixels, others.pixels])
    assert len(both.unique(dim=0)) == len(album.pixels.unique(dim=0)) + 10


def test_the_stencils_differ_and_another_is_refused():
    covered = [pictures.stencil(shape).sum().item() for shape in pictures.SHAPES]
    assert len(set(covered)) == len(covered) and max(covered) == pictures.SHAPE**2
    with pytest.raises(ValueError, match="got 'disc'"):
        pictures.stencil("disc")


def test_patches_are_those_of_a_loop():
    pixels = torch.rand(2, 3, 8, 12)
    patches = cut_patches(pixels, 4)
    assert patches.shape == (2, 6, 48)
    for row in range(2):
        for column in range(3):
            part = pixels[:, :, 4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
            assert torch.equal(patches[:, 3 * row + column], part.flatten(1))
    assert torch.equal(patches, F.unfold(pixels, 4, stride=4).transpose(1, 2))


@pytest.mark.parametrize("size", [0, 5, 8])
def test_patches_that_do_not_fit_are_refused(size):
    with pytest.raises(ValueError, match=f"8 × 12 pixels, got {size}"):
        cut_patches(torch.rand(1, 3, 8, 12), size)


def test_a_place_is_its_row_and_its_column():
    encoding = grid_positional_encoding(3, 5, 8).view(3, 5, 8)
    for row in range(3):
        for column in range(5):
            one = torch.tensor([row, column])
            expected = sinusoidal_positional_encoding(one, 4).flatten()
            assert_close(encoding[row, column], expected)
    assert len(encoding.flatten(0, 1).unique(dim=0)) == 15
    with pytest.raises(ValueError, match="multiple of 4, got 6"):
        grid_positional_encoding(3, 5, 6)


def test_without_places_the_patches_are_a_bag():
    torch.manual_seed(0)
    order, patches = torch.tensor([2, 0, 1, 3]), torch.rand(2, 4, 7)
    ids = torch.tensor([[START, 5], [START, 6]])
    for placed in (True, False):
        model = Captioner(SMALL, 9, PatchRows(7, (2, 2), 12, placed)).eval()
        moved = model(patches, ids) - model(patches[:, order], ids)
        assert (moved.abs().max() > 1e-4) == placed


def test_a_captioner_learns_and_writes_what_its_logits_say():
    torch.manual_seed(0)
    patches, ids = torch.rand(2, 4, 7), pad([[START, 5, 6, END], [START, 7, END]])
    size = 9
    model = Captioner(SMALL, size, PatchRows(7, (2, 2), 12))

    def loss_of(step):
        return caption_loss(model, *batch_of((patches, ids), step, 2))

    losses = fit(
        model, loss_of, TrainConfig(steps=40, learning_rate=2e-2, warmup_steps=2)
    )
    assert losses[-1] < 0.2 < math.log(size) / 2 < losses[0]
    assert write_captions(model, patches, limit=5) == [[5, 6], [7]]
    assert write_captions(model, patches, limit=1) == [[5], [7]]


# -- facts


def test_an_answer_is_what_the_fact_says():
    """Read back: the answer's stem belongs to the English word in its place of the fact."""
    asked = facts.ask(200, seed=0)
    assert {item.kind for item in asked} == set(facts.KINDS)
    kannada = {n.english: n for n in (*facts.PEOPLE, *facts.GIFTS)}
    times = {english: kn for english, kn, _ in TIMES}
    for item in asked:
        fact, question = item.text.split(". ")
        words = fact.split()  # The boy gave a ball to the girl today
        assert question.lower().startswith(item.kind) and question.endswith("?")
        expected = {
            "who": kannada[words[1]].kannada,
            "what": kannada[words[4]].kannada,
            "to whom": kannada[words[7]].kannada,
            "when": times[words[8]],
        }[item.kind]
        assert item.answer.split()[0] == expected
        assert words[1] != words[7]
        assert len(item.answer.split()) == (
            2 if item.kind in ("what", "to whom") else 1
        )


def test_the_answers_are_inflected_as_the_corpus_does():
    speller = KannadaTokenizer.fit(["ರಾಜ -ನಿಗೆ"])
    king = next(person for person in facts.PEOPLE if person.english == "king")
    assert facts.inflected(king, "dative") == "ರಾಜ -ನಿಗೆ"
    assert speller.decode(speller.encode("ರಾಜ -ನಿಗೆ")) == "ರಾಜನಿಗೆ"


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64])
def test_what_is_kept_back_is_kept_back_in_any_precision(dtype):
    album = pictures.draw_pictures(40, seed=1)
    kept = album._replace(pixels=album.pixels.to(dtype).requires_grad_())
    drawn = pictures.draw_pictures(40, seed=1, besides=kept)
    same = (drawn.pixels[:, None] == album.pixels[None]).flatten(2).all(dim=-1)
    assert not same.any()


def test_as_many_patches_as_the_grid_has():
    rows = PatchRows(7, (2, 2), 12)
    for count in (1, 3, 5):
        with pytest.raises(ValueError, match="has 4 patches"):
            rows(torch.zeros(1, count, 7))
    with pytest.raises(ValueError, match="multiple of 4"):
        PatchRows(7, (2, 2), 10)
    assert rows.to("meta")(torch.zeros(1, 4, 7, device="meta")).shape == (1, 4, 12)
