"""mean_share against a loop, and on weights of which the answer is known."""

import pytest
import torch

from tinydecoder import mean_share


def test_it_is_the_loop_over_rows():
    torch.manual_seed(0)
    weights = torch.rand(2, 3, 5, 4, 7).softmax(dim=-1)  # layers, B, heads, T, S
    columns = torch.randint(0, 7, (3, 4))
    rows = torch.tensor([[1, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]]).bool()
    found = mean_share(weights, columns, rows)
    counted = [(b, i) for b in range(3) for i in range(4) if rows[b, i]]
    for layer in range(2):
        for head in range(5):
            shares = [weights[layer, b, head, i, columns[b, i]] for b, i in counted]
            torch.testing.assert_close(found[layer, head], torch.stack(shares).mean())


def test_a_head_that_looks_at_itself_gives_itself_all():
    weights = torch.eye(4).expand(1, 2, 1, 4, 4)
    place, rows = torch.arange(4).expand(2, 4), torch.ones(2, 4).bool()
    assert mean_share(weights, place, rows).tolist() == [[1.0]]
    assert mean_share(weights, (place + 1) % 4, rows).tolist() == [[0.0]]


def test_no_row_is_an_error():
    weights, nothing = torch.ones(1, 1, 1, 2, 2), torch.zeros(1, 2)
    with pytest.raises(ValueError, match="at least one row"):
        mean_share(weights, nothing.long(), nothing.bool())
