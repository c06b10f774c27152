"""Show the package's real code as the output of a cell."""

import inspect
import textwrap
from typing import Any

from IPython.display import Markdown

SHORT = 12  # lines of source that stay open on the page; longer ones are folded


def show_source(definition: Any) -> Markdown:
    """The source of a function, method, class or module, headed by the name it is
    imported under.

    What a reader sees is what runs: the text is read from the installed package each
    time. Raises TypeError for something that has no source, such as a number or a
    function built into Python.
    """
    code = textwrap.dedent(inspect.getsource(definition)).rstrip()
    module = getattr(definition, "__module__", None)
    name = f"{module}.{definition.__qualname__}" if module else definition.__name__
    return Markdown(f"`{name}`\n\n```python\n{code}\n```")
