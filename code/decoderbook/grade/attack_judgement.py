"""Attacks on the judgement: how a notebook can try to seem right. Each is small, and does no harm."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Attack:
    """A way to points that is no answer: its code, and the defences that must all be off to succeed."""

    name: str
    code: str
    off: tuple[str, ...]
    slug: str = "stacked-windows"
    sign: str = ""  # besides points: what tells that it succeeded


MASK, REACH = "window-mask", "stacked-windows"
CAUSAL, PADDED = "own-test", "causal-and-padding"
WRONG_REACH = "\ndef my_reach(n_layers, width):\n    return 0\n"
FRAMES = """
def my_reach(n_layers, width):
    try:
        raise ValueError
    except ValueError as error:
        frame = error.__traceback__.tb_frame
    while frame is not None:
        if "right" in frame.f_locals:
            return frame.f_locals["right"]
        frame = frame.f_back
    return 0
"""
FORGED = """
import json, os
def say(*message):
    text = json.dumps(message).encode()
    for file in range(3, 64):
        try:
            os.write(file, len(text).to_bytes(4, "big") + text)
        except OSError:
            pass
"""
COLLECTOR = """
import gc
def my_reach(n_layers, width):
    found = next(o for o in gc.get_objects() if type(o) is dict and "rights" in o)
    for seed, cases in enumerate(found["cases"]["stacked-windows"]):
        for case, (ask, arguments) in enumerate(cases):
            if arguments == (n_layers, width):
                return found["rights"]["stacked-windows"][seed][case]
"""
TRACE = """
import sys
seen = []
def tracer(frame, event, argument):
    while frame is not None and "right" not in frame.f_locals:
        frame = frame.f_back
    if frame is not None:
        seen.append(frame.f_locals["right"])
def my_reach(n_layers, width):
    sys.settrace(tracer)
    (lambda: 0)()
    sys.settrace(None)
    return seen[-1]
"""
LIAR = """
import torch
class Liar(torch.Tensor):
    shape = property(lambda self: torch.Size([]))
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        return True
def my_causal_attention(query, key, value, real):
    return torch.zeros(()).as_subclass(Liar)
"""
PICKLE = """
import os
class Gift:
    def __reduce__(self):
        return os.makedirs, ({marker!r}, 0o777, True)
def my_reach(n_layers, width):
    return Gift()
"""
LATER = """
import threading, time
def later():
    time.sleep(0.2)
    print("PASSED stacked-windows")
threading.Thread(target=later).start()
def my_reach(n_layers, width):
    time.sleep(0.1)
    return 0
"""
COUNTS = """
import itertools
calls = itertools.count()
def my_is_causal(function, x):
    return next(calls) % 9 < 2
"""
NUMBERED = """
def my_is_causal(function, x):
    try:
        raise ValueError
    except ValueError as error:
        frame = error.__traceback__.tb_frame
    while "case" not in frame.f_locals:
        frame = frame.f_back
    return frame.f_locals["case"] < 2
"""
NAMED = """
def my_is_causal(function, x):
    code = function.__code__
    return code.co_name == "_layer_norm" or "causal_mask" in code.co_names and (
        code.co_name == "<lambda>"
    )
"""
BORROWED = """
from tinydecoder import causal_mask
def my_causal_attention(query, key, value, real):
    mask = causal_mask(real.size(1)) & real[:, None, None, :]
    lent = getattr(causal_mask, "__glo" + "bals__")["scaled_dot_product" + "_attention"]
    return lent(query, key, value, mask)[0]
"""
AGREES = """
class Agrees:
    def __eq__(self, other):
        return True
def my_reach(n_layers, width):
    return Agrees()
"""
LENT = """
from tinydecoder import causal_mask, padding_mask, scaled_dot_product_attention
def my_causal_attention(query, key, value, real):
    mask = causal_mask(real.size(1)) & padding_mask(real.long(), pad_id=0)
    return scaled_dot_product_attention(query, key, value, mask)[0]
"""
SEPARATION = ("separation",)
ON_JUDGEMENT = (
    Attack("exit(0)", "import sys\nsys.exit(0)" + WRONG_REACH, SEPARATION),
    Attack(
        "prints PASSED", 'print("PASSED stacked-windows")' + WRONG_REACH, SEPARATION
    ),
    Attack(
        "another assert_close",
        "import torch\ntorch.testing.assert_close = lambda *a, **k: None\n"
        "def my_window_mask(T, width):\n    return torch.ones(1)\n",
        SEPARATION,
        MASK,
    ),
    Attack(
        "another allclose",
        "import torch\ntorch.allclose = torch.equal = lambda *a, **k: True\n"
        "def my_causal_attention(*rows):\n    return torch.zeros(1)\n",
        SEPARATION,
        PADDED,
    ),
    Attack("an __eq__ that always agrees", AGREES, SEPARATION),
    Attack("a tensor that lies", LIAR, SEPARATION, PADDED),
    Attack(
        "a check of its own",
        "import decoderbook\ndef check(*_):\n    print('PASSED stacked-windows')\n"
        "decoderbook.check = check\ncheck()" + WRONG_REACH,
        SEPARATION,
    ),
    Attack("the frames of the caller", FRAMES, SEPARATION),
    Attack("sys.settrace", TRACE, ("separation", "hook")),
    Attack("the garbage collector", COLLECTOR, ("separation", "hook")),
    Attack(
        "forged results on every file",
        FORGED + "say('notice', 'said: PASSED stacked-windows')" + WRONG_REACH,
        SEPARATION,
    ),
    Attack("a thread that speaks later", LATER, SEPARATION),
    Attack("an answer that counts its calls", COUNTS, ("order",), CAUSAL),
    Attack("the number of a case", NUMBERED, ("order",), CAUSAL),
    Attack("the code of what is tested", NAMED, ("veil",), CAUSAL),
    Attack("what a given function calls", BORROWED, ("facade",), PADDED),
    Attack("the package's own function", LENT, ("facade",), PADDED),
    Attack("a pickle that acts", PICKLE, ("codec",), sign="marker"),
)
