"""What must hold for the whole model, whatever its sizes and numbers."""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from tinydecoder import ModelConfig
from tinydecoder.model import Transformer

VOCABULARY = 9

cases = st.fixed_dictionaries(
    {
        "norm": st.sampled_from(["pre", "post"]),
        "n_layers": st.integers(1, 3),
        "source": st.integers(1, 6),
        "target": st.integers(2, 6),
        "seed": st.integers(0, 10_000),
    }
)


def model_of(case):
    torch.manual_seed(case["seed"])
    config = ModelConfig(8, 2, 16, case["n_layers"], norm=case["norm"])
    model = Transformer(config, VOCABULARY, VOCABULARY + 1).double().eval()
    source = torch.randint(1, VOCABULARY, (2, case["source"]))
    target = torch.randint(1, VOCABULARY, (2, case["target"]))
    return model, source, target


@given(cases, st.data())
def test_no_logit_looks_ahead(case, data):
    model, source, target = model_of(case)
    place = data.draw(st.integers(1, case["target"] - 1))
    other = target.clone()
    other[:, place:] = target[:, place:] % (VOCABULARY - 1) + 1  # another id each
    before, after = model(source, target), model(source, other)
    assert torch.equal(before[:, :place], after[:, :place])
    assert not torch.equal(before[:, place:], after[:, place:])


@given(cases)
def test_padding_changes_no_real_position(case):
    model, source, target = model_of(case)
    more = torch.nn.functional.pad
    padded = model(more(source, (0, 3)), more(target, (0, 2)))
    assert_close(padded[:, : case["target"]], model(source, target))


@given(cases)
def test_one_parallel_pass_is_many_short_ones(case):
    model, source, target = model_of(case)
    parallel = model(source, target)
    for i in range(case["target"]):
        so_far = model(source, target[:, : i + 1])
        assert_close(parallel[:, i], so_far[:, i])


@given(cases)
def test_the_order_of_the_batch_does_not_matter(case):
    model, source, target = model_of(case)
    assert_close(model(source.flip(0), target.flip(0)), model(source, target).flip(0))


@given(cases)
def test_every_weight_gets_a_gradient(case):
    model, source, target = model_of(case)
    model(source, target).square().mean().backward()
    silent = [n for n, p in model.named_parameters() if p.grad is None]
    assert silent == []
