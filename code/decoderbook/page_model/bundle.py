"""The modules of `site/static/decoder/` as one script.

A page that is opened from a folder may load a script and no module; a notebook gets its
module from an address that has nothing beside it. Both get the same text: each module a
function of its own, so that no name meets another.
"""

import re
from graphlib import TopologicalSorter
from pathlib import Path

MODULES = Path(__file__).parents[1] / "site" / "static" / "decoder"
IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(
    r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE
)


def one_script(entry: str) -> str:
    """An expression in which everything that the module `entry` needs is defined, and whose
    value is what `entry` exports.

    A classic script runs it, `export default` before it makes a module of it. Raises
    ValueError for a form of import or export that it does not know.
    """
    texts: dict[str, str] = {}
    needs: dict[str, set[str]] = {}
    due = [entry]
    while due:
        name = due.pop()
        if name in texts:
            continue
        texts[name] = (MODULES / f"{name}.js").read_text("utf-8")
        needs[name] = {found for _, found in IMPORT.findall(texts[name])}
        due += needs[name]
    order = TopologicalSorter({n: sorted(needs[n]) for n in sorted(needs)})
    parts = [_as_function(name, texts[name]) for name in order.static_order()]
    return '(() => {\n"use strict";\n' + "".join(parts) + f"return {entry};\n}})()"


def _as_function(name: str, text: str) -> str:
    imports = [f"const {names} = {found};\n" for names, found in IMPORT.findall(text)]
    body = IMPORT.sub("", text)
    exports = EXPORT.findall(body)
    body = EXPORT.sub("", body)
    if left := re.search(r"^(import|export)\b.*", body, re.MULTILINE):
        raise ValueError(f"{name}.js: the bundle cannot take {left[0]!r}")
    head, exported = "".join(imports), ", ".join(exports)
    return f"const {name} = (() => {{\n{head}{body}return {{ {exported} }};\n}})();\n"
