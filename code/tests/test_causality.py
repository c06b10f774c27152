import torch

from tinydecoder import influence, leaks

T, D = 5, 3


def test_each_kind_of_dependence_is_found():
    x = torch.randn(T, D)
    assert torch.equal(influence(lambda x: x, x) > 0, torch.eye(T).bool())
    assert torch.equal(
        influence(lambda x: x.cumsum(1), x) > 0, torch.ones(T, T).tril().bool()
    )
    assert torch.equal(
        influence(lambda x: x.flip(1), x) > 0, torch.eye(T).flip(0).bool()
    )


def test_a_leak_of_one_pair_is_named():
    def peeks(x):
        rows = x.cumsum(1)
        rows[:, 1] += x[:, 4]
        return rows

    assert leaks(influence(peeks, torch.randn(T, D))) == [(1, 4)]


def test_a_layer_norm_sees_the_nudge():
    """It would not see the same number added to every feature."""
    change = influence(
        lambda x: torch.nn.functional.layer_norm(x, (D,)), torch.randn(T, D)
    )
    assert (change.diagonal() > 0).all()


def test_outputs_may_be_of_another_number_than_inputs():
    change = influence(lambda x: x[:, :2], torch.randn(T, D))
    assert change.shape == (2, T)
    assert change.nonzero().tolist() == [[0, 0], [1, 1]]
