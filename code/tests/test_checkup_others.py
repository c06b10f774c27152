"""The check-up on decoders that others wrote."""

from __future__ import annotations

import json
import time
import warnings

import torch
from torch import nn

from decoderbook.checkup.attentions import attention_twin
from decoderbook.checkup.finding import BROKEN, HOLDS, NOT_APPLICABLE
from decoderbook.checkup.recognise import subject_of
from decoderbook.checkup.remarks import notes
from decoderbook.checkup.report import examine
from decoderbook.checkup.subject import Batch, Step, Subject
from decoderbook.checkup.twins import EQUAL, difference

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import x_transformers as library


def test_an_encoder_decoder_of_another_library_gets_no_complaint():
    torch.manual_seed(0)
    sizes = {"num_tokens": 0, "depth": 2, "heads": 4, "max_seq_len": 32}
    model = library.XTransformer(
        dim=32,
        **{f"enc_{name}": size for name, size in (sizes | {"num_tokens": 11}).items()},
        **{f"dec_{name}": size for name, size in (sizes | {"num_tokens": 13}).items()},
        pad_value=0,
        ignore_index=0,
    )
    encoder, decoder = model.encoder, model.decoder.net

    def read(batch: Batch) -> dict[str, torch.Tensor]:
        real = batch.source_real
        memory = encoder(batch.source_ids, mask=real, return_embeddings=True)
        return {"context": memory, "context_mask": real}

    def begin(batch: Batch) -> Step:
        source, ids, cache = read(batch), batch.target_ids[:, :0], None

        def step(new: torch.Tensor) -> torch.Tensor:
            nonlocal ids, cache
            ids = torch.cat([ids, new], dim=1)
            more = {"return_intermediates": True, "cache_age": new.size(1)}
            logits, cache = decoder(ids, **source, cache=cache, **more)
            return logits[:, -new.size(1) :]

        return step

    subject = Subject(
        lambda batch: decoder(batch.target_ids, **read(batch)),
        target_vocab_size=13,
        source_vocab_size=11,
        target_pad_id=0,
        source_pad_id=0,
        max_length=32,
        module=model,
        begin=begin,
    )
    report = examine(subject)
    missing = [f.detector for f in report.findings if f.verdict != HOLDS]
    assert missing == ["equal-to-torch"] and report.broken() == []


def test_a_decoder_of_another_library_is_recognised():
    torch.manual_seed(0)
    layers = library.Decoder(dim=32, depth=2, heads=4, rotary_pos_emb=True)
    model = library.TransformerWrapper(
        num_tokens=11, max_seq_len=32, attn_layers=layers, use_abs_pos_emb=False
    )
    report = examine(subject_of(model))
    assert report.broken() == []
    missing = {f.detector for f in report.findings if f.verdict == NOT_APPLICABLE}
    padding = {"source-padding", "target-padding"}
    assert missing == {
        "source-order",
        "source-used",
        "equal-to-torch",
        "cache",
        *padding,
    }


class Attention(nn.Module):
    """As many write it: one map a role, three inputs, a mask that may be left out."""

    def __init__(self, bias: bool = True, root: bool = True):
        super().__init__()
        self.h, self.root = 4, root
        for name in ("W_q", "W_k", "W_v", "W_o"):
            setattr(self, name, nn.Linear(16, 16, bias=bias))

    def forward(self, q, k, v, mask=None):
        cut = [
            w(x).view(*x.shape[:2], 4, 4).transpose(1, 2)
            for w, x in ((self.W_q, q), (self.W_k, k), (self.W_v, v))
        ]
        scores = cut[0] @ cut[1].mT / (2 if self.root else 1)
        heads = scores.softmax(-1) @ cut[2]
        return self.W_o(heads.transpose(1, 2).flatten(2))


class Listed(nn.Module):
    """Its four maps stand in a list, in the order in which they are used."""

    def __init__(self, root: bool = True):
        super().__init__()
        self.h, self.root = 4, root
        self.linears = nn.ModuleList(nn.Linear(16, 16) for _ in range(4))
        self.attn, self.dropout = None, nn.Dropout(0.0)

    def forward(self, query, key, value, mask=None):
        cut = [
            linear(x).view(len(x), -1, 4, 4).transpose(1, 2)
            for linear, x in zip(self.linears, (query, key, value), strict=False)
        ]
        scores = cut[0] @ cut[1].mT / (2 if self.root else 1)
        self.attn = scores.softmax(-1)
        return self.linears[-1]((self.attn @ cut[2]).transpose(1, 2).flatten(2))


class ByHead(nn.Module):
    """One map for all three, cut into heads first; it masks what comes later."""

    def __init__(self):
        super().__init__()
        self.num_heads = 4
        self.qkv_layer, self.linear_layer = nn.Linear(16, 48), nn.Linear(16, 16)

    def forward(self, x):
        B, T, _ = x.shape
        parts = self.qkv_layer(x).view(B, T, 4, 12).transpose(1, 2).chunk(3, -1)
        scores = parts[0] @ parts[1].mT / 2
        scores = scores.masked_fill(torch.ones(T, T).triu(1).bool(), -torch.inf)
        return self.linear_layer(
            (scores.softmax(-1) @ parts[2]).transpose(1, 2).flatten(2)
        )


def test_attention_is_recognised_by_its_maps():
    torch.manual_seed(0)
    for attention in (Attention(), Attention(bias=False), Listed(), ByHead()):
        twin = attention_twin(attention)
        assert twin is not None and difference(twin) < 1e-5
    for wrong in (Attention(root=False), Listed(root=False)):
        twin = attention_twin(wrong)
        assert twin is not None and difference(twin) > 1e-2
    for other in (
        nn.Linear(4, 4),
        nn.GRU(4, 4),
        nn.Sequential(Attention(), nn.Linear(4, 4)),
        nn.ModuleList(nn.Linear(16, 16) for _ in range(4)),
    ):
        assert attention_twin(other) is None


class Reader(nn.Module):
    """A model around such an attention."""

    def __init__(self, root: bool = True):
        super().__init__()
        self.table, self.attend = nn.Embedding(9, 16), Listed(root)
        self.out = nn.Linear(16, 9)

    def forward(self, ids):
        rows = self.table(ids)
        return self.out(self.attend(rows, rows, rows))


def test_attention_is_recognised_in_an_adapter_too():
    torch.manual_seed(0)
    for root, verdict in ((True, HOLDS), (False, BROKEN)):
        model = Reader(root)
        subject = Subject(lambda b, m=model: m(b.target_ids), 9, module=model)
        (found,) = examine(subject, detectors=(EQUAL,)).findings
        assert found.verdict == verdict


class Slow(Listed):
    """It takes ten seconds; without it its model is quick."""

    def forward(self, query, key, value, mask=None):
        end = time.monotonic() + 10
        while time.monotonic() < end:
            pass
        return query


def test_an_attention_that_takes_too_long_is_ended():
    model = nn.ModuleList([nn.Embedding(9, 9), Slow()])
    subject = Subject(lambda batch: model[0](batch.target_ids), 9, module=model)
    report = examine(subject, seconds=1, detectors=(EQUAL,))
    assert report.not_asked() == ["equal-to-torch"] and report.seconds < 5


class Lender(nn.Module):
    """Its layers: three times the same one, and one of its own."""

    def __init__(self):
        super().__init__()
        self.table, layer = nn.Embedding(9, 16), nn.Linear(16, 16)
        act = nn.ReLU()
        self.layers = nn.Sequential(layer, act, layer, act, layer, nn.Linear(16, 9))

    def forward(self, ids):
        return self.layers(self.table(ids))


def test_layers_that_are_one_and_the_same_are_told_in_the_head():
    model = Lender()
    report = examine(subject_of(model), detectors=())
    note = "3 layers are one and the same module (shared weights)"
    assert note in " ".join(report.text().split())
    assert json.loads(report.as_json())["notes"] == [note]
    model.layers = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 9))
    assert notes(model) == [] == notes(None)
