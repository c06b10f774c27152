"""The upper rungs of the ladder: layers, stacks and the whole model against torch's own.

Weights are copied, then outputs and all gradients compared: post- and pre-norm, padded
and unpadded, train (with dropout 0, torch takes the path that it trains on) and eval.
"""

import copy

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from tinydecoder import ModelConfig, causal_mask, sinusoidal_positional_encoding
from tinydecoder.layers import DecoderLayer, EncoderLayer
from tinydecoder.model import Decoder, Encoder, Transformer
from tinydecoder.torch_twin import copy_layer, torch_model

BATCH, TARGET, SOURCE, D_MODEL, HEADS, D_FF, LAYERS = 2, 5, 7, 12, 3, 10, 3
PRECISIONS = [(torch.float32, 1e-5), (torch.float64, 1e-10)]

every_case = [
    pytest.mark.parametrize("norm", ["post", "pre"]),
    pytest.mark.parametrize("padded", [False, True], ids=["unpadded", "padded"]),
    pytest.mark.parametrize("training", [False, True], ids=["eval", "train"]),
    pytest.mark.parametrize(("dtype", "tolerance"), PRECISIONS),
]


def in_every_case(test):
    for case in every_case:
        test = case(test)
    return test


def config(norm):
    return ModelConfig(D_MODEL, HEADS, D_FF, LAYERS, norm=norm)


def torch_layer(kind, norm, dtype):
    return kind(
        D_MODEL,
        HEADS,
        D_FF,
        dropout=0.0,
        batch_first=True,
        norm_first=norm == "pre",
        dtype=dtype,
    )


def shaken(module):
    """Every weight at random: a fresh norm is all ones and zeros, and would hide itself."""
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.randn_like(parameter) / 3)
    return module


def rows(length, dtype, seed):
    generator = torch.Generator().manual_seed(seed)
    shape = (BATCH, length, D_MODEL)
    return torch.randn(shape, dtype=dtype, generator=generator).requires_grad_()


def source_mask(padded):
    """True = may look, (B, 1, 1, S); the second sentence ends in three PAD."""
    real = torch.ones(BATCH, SOURCE, dtype=torch.bool)
    if padded:
        real[1, -3:] = False
    return real[:, None, None, :]


def parameters_of_torch(ours, theirs):
    """Our parameters beside torch's gradients: the three projections in one matrix."""
    pairs = [(ours.feed_forward.expand, theirs.linear1)]
    pairs += [(ours.feed_forward.contract, theirs.linear2)]
    pairs += [
        (ours.residual_1.norm, theirs.norm1),
        (ours.residual_2.norm, theirs.norm2),
    ]
    attentions = [(ours.self_attention, theirs.self_attn)]
    if hasattr(ours, "cross_attention"):
        pairs += [(ours.residual_3.norm, theirs.norm3)]
        attentions += [(ours.cross_attention, theirs.multihead_attn)]
    for mine, yours in attentions:
        pairs += [(mine.output_projection, yours.out_proj)]
        parts = (mine.query_projection, mine.key_projection, mine.value_projection)
        yield torch.cat([p.weight.grad for p in parts]), yours.in_proj_weight.grad
        yield torch.cat([p.bias.grad for p in parts]), yours.in_proj_bias.grad
    for mine, yours in pairs:
        for a, b in zip(mine.parameters(), yours.parameters(), strict=True):
            yield a.grad, b.grad


def compare(output, expected, inputs, layers, tolerance):
    assert_close(output, expected, atol=tolerance, rtol=tolerance)
    weighting = torch.randn(output.shape, dtype=output.dtype)
    (output * weighting).sum().backward()
    (expected * weighting).sum().backward()
    gradients = [(mine.grad, yours.grad) for mine, yours in inputs]
    for mine, yours in layers:
        gradients += parameters_of_torch(mine, yours)
    for mine, yours in gradients:
        assert_close(mine, yours, atol=10 * tolerance, rtol=10 * tolerance)


@in_every_case
def test_encoder_layer(norm, padded, training, dtype, tolerance):
    ours = shaken(EncoderLayer(config(norm)).to(dtype)).train(training)
    theirs = torch_layer(nn.TransformerEncoderLayer, norm, dtype).train(training)
    copy_layer(ours, theirs)
    x, their_x = rows(SOURCE, dtype, 1), rows(SOURCE, dtype, 1)
    mask = source_mask(padded)
    output = ours(x, mask)
    expected = theirs(their_x, src_key_padding_mask=~mask[:, 0, 0])
    compare(output, expected, [(x, their_x)], [(ours, theirs)], tolerance)


@in_every_case
def test_decoder_layer(norm, padded, training, dtype, tolerance):
    ours = shaken(DecoderLayer(config(norm)).to(dtype)).train(training)
    theirs = torch_layer(nn.TransformerDecoderLayer, norm, dtype).train(training)
    copy_layer(ours, theirs)
    x, their_x = rows(TARGET, dtype, 1), rows(TARGET, dtype, 1)
    memory, their_memory = rows(SOURCE, dtype, 2), rows(SOURCE, dtype, 2)
    mask, causal = source_mask(padded), causal_mask(TARGET)
    output = ours(x, memory, causal, mask)
    expected = theirs(
        their_x,
        their_memory,
        tgt_mask=~causal,
        memory_key_padding_mask=~mask[:, 0, 0],
    )
    inputs = [(x, their_x), (memory, their_memory)]
    compare(output, expected, inputs, [(ours, theirs)], tolerance)


@in_every_case
def test_encoder_and_decoder_stacks(norm, padded, training, dtype, tolerance):
    """torch's own stacks inside nn.Transformer, with a last norm where ours have one."""
    encoder = shaken(Encoder(config(norm)).to(dtype)).train(training)
    decoder = shaken(Decoder(config(norm)).to(dtype)).train(training)
    stacks = []
    for kind, layer, ours in (
        (nn.TransformerEncoder, nn.TransformerEncoderLayer, encoder),
        (nn.TransformerDecoder, nn.TransformerDecoderLayer, decoder),
    ):
        last = copy.deepcopy(ours.norm) if norm == "pre" else None
        options = {"enable_nested_tensor": False} if ours is encoder else {}
        stack = kind(torch_layer(layer, norm, dtype), LAYERS, norm=last, **options)
        stacks.append(stack)
    theirs = nn.Transformer(
        D_MODEL,
        HEADS,
        custom_encoder=stacks[0],
        custom_decoder=stacks[1],
        batch_first=True,
    ).train(training)

    layers = [*zip(encoder.layers, stacks[0].layers, strict=True)]
    layers += zip(decoder.layers, stacks[1].layers, strict=True)
    for mine, yours in layers:  # only now: nn.Transformer has drawn all weights anew
        copy_layer(mine, yours)
    if norm == "pre":
        stacks[0].norm.load_state_dict(encoder.norm.state_dict())
        stacks[1].norm.load_state_dict(decoder.norm.state_dict())

    source, their_source = rows(SOURCE, dtype, 1), rows(SOURCE, dtype, 1)
    target, their_target = rows(TARGET, dtype, 2), rows(TARGET, dtype, 2)
    mask, causal = source_mask(padded), causal_mask(TARGET)
    output = decoder(target, encoder(source, mask), causal, mask)
    blocked = ~mask[:, 0, 0]
    expected = theirs(
        their_source,
        their_target,
        tgt_mask=~causal,
        src_key_padding_mask=blocked,
        memory_key_padding_mask=blocked,
    )
    inputs = [(source, their_source), (target, their_target)]
    # Six layers deep a float32 gradient has gathered more rounding than one.
    compare(output, expected, inputs, layers, 5 * tolerance)


def test_layers_have_weights_of_their_own():
    model = Transformer(config("post"), 11, 13)
    first, second = (
        layer.feed_forward.expand.weight for layer in model.decoder.layers[:2]
    )
    assert first.data_ptr() != second.data_ptr()
    assert not torch.equal(first, second)


def test_the_whole_model_is_its_parts():
    """Ids to logits by torch's layers and a lookup by hand, in one pass."""
    model = shaken(Transformer(config("pre"), 11, 13).double()).eval()
    source = torch.tensor([[3, 4, 5, 6], [7, 8, 0, 0]])
    target = torch.tensor([[1, 5, 9], [1, 7, 0]])
    embedded = model.target_embedding.token.weight[target] * D_MODEL**0.5
    first = model.target_embedding(target)[0, 0] - embedded[0, 0]
    assert_close(first, torch.tensor([0.0, 1.0]).double().repeat(D_MODEL // 2))
    memory = model.encode(source)
    logits = model(source, target)
    assert logits.shape == (2, 3, 13)
    assert_close(logits, model.decode(target, memory, source))
    assert model.output.weight is model.target_embedding.token.weight
    loose = Transformer(ModelConfig(D_MODEL, HEADS, tie_weights=False), 11, 13)
    assert loose.output.weight is not loose.target_embedding.token.weight


@pytest.mark.parametrize("norm", ["post", "pre"])
@pytest.mark.parametrize("tied", [True, False], ids=["tied", "loose"])
def test_torchs_twin_of_the_whole_model(norm, tied):
    """Logits and every gradient, embeddings and last norms among them."""
    sizes = ModelConfig(D_MODEL, HEADS, D_FF, LAYERS, norm=norm, tie_weights=tied)
    ours = shaken(Transformer(sizes, 11, 13).double())
    theirs = torch_model(ours)
    source = torch.tensor([[3, 4, 5, 6], [7, 8, 0, 0]])
    target = torch.tensor([[1, 5, 9], [1, 7, 0]])
    logits, expected = ours(source, target), theirs(source, target)
    assert_close(logits[0], expected[0])
    assert_close(logits[1, :2], expected[1, :2])  # a PAD row's result is nobody's
    weighting = torch.randn(logits[0].shape, dtype=torch.float64)
    for output in (logits, expected):
        (output[0] * weighting).sum().backward()
    for name in ("source_embedding", "target_embedding", "output"):
        mine, yours = (getattr(model, name) for model in (ours, theirs))
        for a, b in zip(mine.parameters(), yours.parameters(), strict=True):
            assert_close(a.grad, b.grad)
    assert (theirs.output.weight is theirs.target_embedding.token.weight) == tied
    assert ours.output.weight is not theirs.output.weight


@pytest.mark.parametrize("norm", ["post", "pre"])
def test_dropout_falls_where_torchs_falls(norm):
    """The same seed, the same zeros: in the weights, the sublayers and the embeddings.

    One sentence: with more, torch draws in another order of the batch.
    """
    sizes = ModelConfig(D_MODEL, HEADS, D_FF, LAYERS, norm=norm, dropout=0.3)
    ours = shaken(Transformer(sizes, 11, 13).double()).train()
    theirs = torch_model(ours).train()
    source, target = torch.tensor([[3, 4, 5, 6]]), torch.tensor([[1, 5, 9]])
    outputs = []
    for model in (ours, theirs):
        torch.manual_seed(1)
        outputs.append(model(source, target))
    assert_close(*outputs)
    assert not torch.allclose(outputs[0], ours.eval()(source, target))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_stays_near_float32(dtype):
    torch.manual_seed(0)
    model = Transformer(config("pre"), 11, 13).eval()
    source = torch.tensor([[3, 4, 5, 6], [7, 8, 0, 0], [0, 0, 0, 0]])
    target = torch.tensor([[1, 5, 9], [1, 7, 0], [1, 7, 0]])
    expected = model(source, target)
    logits = copy.deepcopy(model).to(dtype)(source, target)
    assert logits.dtype == dtype and logits.isfinite().all()
    assert_close(logits.float(), expected, atol=0.05, rtol=0.05)


def test_double_precision_is_double_from_the_encoding_on():
    """An encoding rounded to float32 would be seen at the eighth digit."""
    model = Transformer(config("pre"), 11, 13).double()
    positions = torch.arange(4)
    expected = sinusoidal_positional_encoding(positions, D_MODEL, dtype=torch.float64)
    rows = model.target_embedding(torch.zeros(1, 4, dtype=torch.long))[0]
    table = model.target_embedding.token.weight[0] * D_MODEL**0.5
    assert_close(rows - table, expected, atol=1e-12, rtol=0)


def test_padding_in_the_target_is_no_key():
    """PAD in the middle, where the causal mask would let it in."""
    model = shaken(Transformer(config("pre"), 11, 13).double()).eval()
    source = torch.tensor([[3, 4]])
    padded = model(source, torch.tensor([[1, 0, 5]]))
    with torch.no_grad():
        model.target_embedding.token.weight[0] += 1.0
    changed = model(source, torch.tensor([[1, 0, 5]]))
    # The table is the output layer too, so PAD's own logit does change.
    assert_close(padded[0, 2, 1:], changed[0, 2, 1:])
    assert not torch.allclose(padded[0, 1], changed[0, 1])
