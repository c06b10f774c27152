"""What the checks of chapter 04 try, second half: padding, who reads whom, a probe."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, one_hot

from decoderbook.checks.cases import Case, Draw, cases_of
from tinydecoder import END, pad


@cases_of("sentence-vectors")
def sentence_vectors(draw: Draw) -> Iterator[Case]:
    """One sentence, then several, then PAD, whose rows are loud."""
    B, S, d_model = draw.sizes(3, 3)

    def case(name: str, lengths: list[int], look: str) -> Case:
        ids = pad([[*draw.whole(4, 20, n - 1).tolist(), END] for n in lengths])
        memory = draw.normal(*ids.shape, d_model) + 3 * (ids == 0)[:, :, None]
        memory = memory * (1 + draw.whole(0, 4, *ids.shape))[:, :, None]  # uneven rows
        means = [rows[:n].mean(dim=0) for rows, n in zip(memory, lengths, strict=True)]
        right = torch.tensor(
            [[cosine_similarity(a, b, dim=0).item() for b in means] for a in means]
        )
        return Case(name, (memory, ids), right, look)

    yield case(
        "one sentence without PAD",
        [S],
        "with itself a sentence has the cosine 1. The result is a table, of 1 × 1 here.",
    )
    yield case(
        f"{B} sentences of one length",
        [S] * B,
        "each pair has one number. Is every vector divided by its own length?",
    )
    yield case(
        "PAD in all but one",
        [S, *(draw.pick(range(2, S)) for _ in range(B - 1))],
        "whose rows count in a sentence's vector?",
    )


def _without_mean(x: Tensor) -> Tensor:
    return x - x.mean(dim=-1, keepdim=True)


def _sums_to_zero(x: Tensor) -> Tensor:
    pairs = x[:, 0::2] + x[:, 1::2]
    return torch.cat([pairs, -pairs], dim=1)


@cases_of("who-reads-whom")
def who_reads_whom(draw: Draw) -> Iterator[Case]:
    """Each row alone, then one that reads another, then what hides a change."""
    S = draw.pick([4, 5, 6])
    # Eighths and a power of two: taking the mean away is exact, so no rounding gives a change away.
    x = draw.whole(-40, 40, S, 8).double() / 8
    silent = x.clone()
    silent[draw.pick(range(S))] = 0
    weights = draw.normal(S, S, scale=0.5).double().softmax(dim=-1)
    own = torch.eye(S, dtype=torch.bool)
    after = own.roll(-1, dims=1).triu()  # row i is True at i + 1
    first = torch.arange(8) < 2  # the features that the next row has a say in

    def case(
        name: str,
        function: Callable[[Tensor], Tensor],
        right: Tensor,
        look: str,
        x: Tensor = x,
    ) -> Case:
        return Case(name, (function, x), right, look)

    yield case(
        "rows that read only themselves",
        lambda x: 2 * x,
        own,
        "only the diagonal is True. Is one row changed at a time?",
    )
    yield case(
        "rows that read the next row, too",
        lambda x: x + first * (after.double() @ x),
        own | after,
        "`[i, j]`: first the row that came out, then the row that was changed.",
    )
    yield case(
        "a sum of all rows so far",
        lambda x: x.cumsum(dim=0),
        torch.ones(S, S, dtype=torch.bool).tril(),
        "row i depends on rows 0 to i.",
    )
    yield case(
        "rows with a minus sign",
        lambda x: -x,
        own,
        "a change may also make numbers smaller.",
    )
    yield case(
        "one row of zeros",
        lambda x: x.flip(0),
        own.flip(0),
        "a row of zeros must be changed as well.",
        silent,
    )
    yield case(
        "rows whose sum is always 0",
        _sums_to_zero,
        own,
        "two different rows can have the same sum: compare feature by feature.",
    )
    yield case(
        "rows without their mean",
        _without_mean,
        own,
        "the same number added to all features is not seen here: let it differ.",
    )
    yield case(
        "rows that read all others softly",
        lambda x: x + 0.001 * weights @ x,
        torch.ones(S, S, dtype=torch.bool),
        "every influence counts, however small.",
    )


@cases_of("own-probe")
def own_probe(draw: Draw) -> Iterator[Case]:
    """Labels that can be read for sure, then half hidden in noise, then not there at all."""

    def case(name: str, n: int, d: int, labels: int, noise: float, look: str) -> Case:
        y = draw.whole(0, labels, n)
        y[:labels] = y[-labels:] = torch.arange(labels)  # each of them in both halves
        places = torch.linalg.qr(draw.normal(d, d).double()).Q[:labels]
        rows = places[y] + noise * draw.normal(n, d).double()
        half = n // 2
        matrix = torch.linalg.pinv(rows[:half]) @ one_hot(y[:half], labels).double()
        right = (
            ((rows[half:] @ matrix).argmax(dim=1) == y[half:]).double().mean().item()
        )
        return Case(name, (rows, y), right, look)

    few, many = draw.pick([3, 4]), draw.pick([5, 6])
    yield case(
        "labels that can be read without a mistake",
        60,
        12,
        few,
        0.02,
        "every guess should be right. Has `one_hot` become fractions with `.to(rows)`? "
        "Does `argmax` run along the labels?",
    )
    yield case(
        "labels half hidden in noise",
        151,
        20,
        few,
        0.6,
        "fit on the first `n // 2` rows, score the others.",
    )
    yield case("more labels", 210, 24, many, 0.4, "each label has a column of its own.")
    yield case(
        "rows that know nothing of the labels",
        90,
        30,
        few,
        1e3,
        "little more than chance is right here. Which rows are scored?",
    )
