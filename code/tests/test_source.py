import inspect

import pytest

from decoderbook import show_source
from tinydecoder import MultiHeadAttention, causal_mask, functional


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        (causal_mask, "tinydecoder.functional.causal_mask"),
        (MultiHeadAttention, "tinydecoder.attention.MultiHeadAttention"),
        (
            MultiHeadAttention.forward,
            "tinydecoder.attention.MultiHeadAttention.forward",
        ),
        (functional, "tinydecoder.functional"),
    ],
)
def test_the_cell_shows_the_code_that_runs(definition, name):
    shown = show_source(definition).data
    assert shown.startswith(f"`{name}`\n\n```python\n")
    code = shown.split("```python\n")[1].removesuffix("\n```")
    assert inspect.cleandoc(code) == inspect.cleandoc(inspect.getsource(definition))
    compile(code, name, "exec")


def test_what_has_no_source_is_an_error():
    with pytest.raises(TypeError):
        show_source(len)
