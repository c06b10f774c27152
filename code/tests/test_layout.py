"""The house rules a machine can hold: what lies where, who imports whom, what a cell may do."""

import ast
import itertools
import re
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from IPython.core.inputtransformer2 import TransformerManager

from decoderbook import notebooks, repository

ROOT = Path(__file__).resolve().parents[2]
CODE = ROOT / "code"
TEXTS = repository.texts()
CHAPTERS = sorted((ROOT / "book").glob("*.ipynb"))

TOP_LEVEL = {
    *(".ci", ".gitattributes", ".github", ".gitignore", ".pre-commit-config.yaml"),
    *("CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE", "LICENSE-CONTENT"),
    *("Makefile", "README.md", "_config.yml", "_toc.yml", "book", "code"),
    *(
        "constraints-colab.txt",
        "constraints.txt",
        "requirements-colab.txt",
        "requirements.txt",
    ),
}

# Which module may import which; a folder counts as one module. Only what stands higher up can be
# named, so imports run one way. A new module gets a line here.
MAY_IMPORT = {
    "tinydecoder.config": "",
    "tinydecoder.functional": "",
    "tinydecoder.causality": "",
    "tinydecoder.trace": "",
    "tinydecoder.embedding": "",
    "tinydecoder.cache": "",
    "tinydecoder.attention": "tinydecoder.cache tinydecoder.config"
    " tinydecoder.functional",
    "tinydecoder.kannada": "",
    "tinydecoder.lexicon": "",
    "tinydecoder.clause": "tinydecoder.kannada tinydecoder.lexicon",
    "tinydecoder.corpus": "tinydecoder.clause tinydecoder.lexicon",
    "tinydecoder.samples": "tinydecoder.clause tinydecoder.corpus tinydecoder.lexicon",
    "tinydecoder.files": "",
    "tinydecoder.bpe": "",
    "tinydecoder.tokenizer": "tinydecoder.bpe tinydecoder.files",
    "tinydecoder.corpus_tokenizers": "tinydecoder.clause tinydecoder.kannada"
    " tinydecoder.tokenizer",
    "tinydecoder.parallel": "",
    "tinydecoder.massive": "tinydecoder.parallel",
    "tinydecoder.layers": "tinydecoder.attention tinydecoder.cache tinydecoder.config",
    "tinydecoder.model": "tinydecoder.cache tinydecoder.config tinydecoder.embedding"
    " tinydecoder.functional tinydecoder.layers",
    "tinydecoder.sampling": "",
    "tinydecoder.generation": "tinydecoder.cache tinydecoder.model tinydecoder.sampling"
    " tinydecoder.tokenizer",
    "tinydecoder.checkpoint": "tinydecoder.config tinydecoder.corpus_tokenizers"
    " tinydecoder.files tinydecoder.model tinydecoder.parallel tinydecoder.tokenizer",
    "tinydecoder.batches": "tinydecoder.tokenizer",
    "tinydecoder.distributed": "",
    "tinydecoder.training_state": "tinydecoder.batches tinydecoder.config"
    " tinydecoder.files tinydecoder.model",
    "tinydecoder.training": "tinydecoder.batches tinydecoder.config"
    " tinydecoder.distributed tinydecoder.model tinydecoder.tokenizer"
    " tinydecoder.training_state",
    "tinydecoder.datasets": "tinydecoder.clause tinydecoder.corpus"
    " tinydecoder.corpus_tokenizers tinydecoder.parallel tinydecoder.tokenizer",
    "tinydecoder.metrics": "",
    "tinydecoder.accuracy": "tinydecoder.metrics tinydecoder.model tinydecoder.tokenizer",
    "tinydecoder.alignment": "tinydecoder.clause tinydecoder.metrics tinydecoder.model"
    " tinydecoder.tokenizer tinydecoder.trace",
    "tinydecoder.evaluation": "tinydecoder.accuracy tinydecoder.alignment"
    " tinydecoder.batches tinydecoder.checkpoint tinydecoder.clause"
    " tinydecoder.corpus_tokenizers tinydecoder.generation tinydecoder.metrics"
    " tinydecoder.parallel tinydecoder.sampling tinydecoder.tokenizer",
    "tinydecoder.model_card": "tinydecoder.checkpoint",
    "tinydecoder.bench_measure": "tinydecoder.config",
    "tinydecoder.bench_models": "tinydecoder.attention tinydecoder.embedding"
    " tinydecoder.functional tinydecoder.model",
    "tinydecoder.bench_work": "tinydecoder.attention tinydecoder.bench_measure"
    " tinydecoder.bench_models tinydecoder.config tinydecoder.functional"
    " tinydecoder.generation tinydecoder.model tinydecoder.tokenizer"
    " tinydecoder.training",
    "tinydecoder.bench": "tinydecoder.batches tinydecoder.bench_measure"
    " tinydecoder.bench_work tinydecoder.config tinydecoder.datasets"
    " tinydecoder.tokenizer",
    "tinydecoder.commands": "tinydecoder.alignment tinydecoder.batches"
    " tinydecoder.bench tinydecoder.checkpoint tinydecoder.config tinydecoder.datasets"
    " tinydecoder.distributed tinydecoder.evaluation tinydecoder.files"
    " tinydecoder.massive tinydecoder.model tinydecoder.model_card"
    " tinydecoder.parallel tinydecoder.sampling tinydecoder.tokenizer"
    " tinydecoder.training tinydecoder.training_state",
    "tinydecoder.__main__": "tinydecoder.commands tinydecoder.config"
    " tinydecoder.tokenizer",
    "tinydecoder": "tinydecoder.config tinydecoder.functional tinydecoder.causality"
    " tinydecoder.trace tinydecoder.embedding tinydecoder.attention tinydecoder.model",
    "decoderbook.theme": "",
    "decoderbook.figures": "decoderbook.theme",
    "decoderbook.source": "",
    "decoderbook.record": "",
    "decoderbook.explore": "decoderbook.record",
    "decoderbook.live": "decoderbook.explore",
    "decoderbook": "decoderbook.explore decoderbook.live decoderbook.source",
    "decoderbook.site": "",
    "decoderbook.canonical": "decoderbook.explore",
    "decoderbook.notebooks": "decoderbook.canonical",
    "decoderbook.serve": "",
    "decoderbook.repository": "",
}
# The model knows nothing of notebooks, plots or the book.
MODEL_MAY_IMPORT = {
    "torch",
    "jaxtyping",
    "tokenizers",
    "regex",
    "sacrebleu",
    "safetensors",
    "tqdm",
}

# What a chapter works with; the other modules of decoderbook run the book and its site.
TAUGHT = (
    "tinydecoder",
    "decoderbook.explore",
    "decoderbook.live",
    "decoderbook.figures",
    "decoderbook.source",
)
OPT_OUTS = {"nbval-ignore-output", "nbval-skip"}
REASON = "# not compared:"

# In pieces, so that this file does not name them itself.
REGISTRIES = [
    ".".join(parts)
    for parts in [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("debian", "org"),
        ("download", "pytorch", "org"),
        ("anaconda", "org"),
    ]
]
MACHINE_PATH = re.compile(
    r"""(?<![\w.~:}/-])/(?:home|Users|root|work|tmp|mnt)/\w|\b[A-Z]:\\+Users"""
)


def modules() -> dict[str, Path]:
    """The module names of both packages, with their files."""
    found = {}
    for package in ("tinydecoder", "decoderbook"):
        for path in (CODE / package).rglob("*.py"):
            parts = path.relative_to(CODE).with_suffix("").parts
            found[".".join(parts).removesuffix(".__init__")] = path
    return found


def unit(module: str) -> str:
    """The line of MAY_IMPORT that a module falls under."""
    return ".".join(module.split(".")[:2])


def imports(path: Path) -> set[str]:
    """The absolute names that a file imports; a name taken out of a module stands with it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def definitions(source: str) -> set[str]:
    """The names that a module or a cell gives a meaning to, imports apart."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def code_cells(path: Path) -> list[nbformat.NotebookNode]:
    cells = nbformat.read(path, as_version=4).cells
    return [cell for cell in cells if cell.cell_type == "code"]


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem)
def chapter(request) -> Path:
    return request.param


def test_the_top_level_holds_what_it_should():
    assert {path.parts[0] for path in TEXTS} == TOP_LEVEL


def test_code_is_not_a_package():
    """An __init__.py there would take the place of the standard library's `code`."""
    assert not (CODE / "__init__.py").exists()


def test_every_module_has_its_line_and_every_line_its_module():
    assert {unit(module) for module in modules()} == MAY_IMPORT.keys()


@pytest.mark.parametrize("module", sorted(modules()))
def test_imports_run_one_way(module):
    here, known = unit(module), modules()
    allowed = MAY_IMPORT.get(here, "").split()
    order = list(MAY_IMPORT)
    assert all(order.index(name) < order.index(here) for name in allowed)
    for name in imports(known[module]):
        if name.split(".")[0] not in ("tinydecoder", "decoderbook"):
            continue
        while name not in known:
            name = name.rpartition(".")[0]
        assert unit(name) in [*allowed, here], f"{module} must not import {name}"


@pytest.mark.parametrize(
    "module", [name for name in modules() if name.startswith("tinydecoder")]
)
def test_the_model_imports_nothing_but_torch(module):
    tops = {name.split(".")[0] for name in imports(modules()[module])}
    assert tops <= MODEL_MAY_IMPORT | {"tinydecoder"} | set(sys.stdlib_module_names)


def test_nothing_imports_a_notebook():
    for path in CODE.rglob("*.py"):
        tops = {name.split(".")[0] for name in imports(path)}
        assert not tops & {"nbimporter", "importnb", "ipynb"}
    for cell in itertools.chain.from_iterable(map(code_cells, CHAPTERS)):
        assert not re.search(r"^\s*%run\b", cell.source, re.MULTILINE)


def test_a_module_fits_in_a_sitting():
    """At most 200 lines, blank ones not counted."""
    long = {}
    for path in [*modules().values(), CODE / "setup_environment.py"]:
        lines = path.read_text(encoding="utf-8").splitlines()
        if (count := sum(bool(line.strip()) for line in lines)) > 200:
            long[path.name] = count
    assert long == {}


def test_no_file_names_a_package_registry():
    hosts = re.compile(
        "|".join(rf"https?://[\w.-]*{re.escape(host)}" for host in REGISTRIES)
    )
    assert [str(path) for path, text in TEXTS.items() if hosts.search(text)] == []


def test_no_file_names_a_place_on_one_machine():
    ours = {
        path: text for path, text in TEXTS.items() if not path.name.endswith(".min.js")
    }
    found = {str(path): MACHINE_PATH.search(text) for path, text in ours.items()}
    assert {path: match[0] for path, match in found.items() if match} == {}


def test_every_page_is_in_the_table_of_contents_once():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed, due = [toc["root"]], [toc]
    while due:
        node = due.pop()
        for inner in [
            *node.get("parts", []),
            *node.get("chapters", []),
            *node.get("sections", []),
        ]:
            listed += [inner["file"]] if "file" in inner else []
            due.append(inner)
    pages = [
        path for path in (ROOT / "book").iterdir() if path.suffix in (".ipynb", ".md")
    ]
    assert sorted(listed) == sorted(f"book/{path.stem}" for path in pages)


def test_there_are_chapters():
    assert CHAPTERS


def test_a_notebook_is_small_and_in_canonical_form(chapter):
    """Counts 1…n, tags the only cell metadata, one kernel, no widget state, nothing on stderr."""
    assert chapter.stat().st_size <= 300_000
    assert notebooks.check([chapter]) == 0, "run `make notebooks`"


def test_a_notebook_defines_no_name_of_the_packages(chapter):
    taken = set()
    for module, path in modules().items():
        if module.startswith(TAUGHT):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            kinds = (ast.FunctionDef, ast.ClassDef)
            taken |= {node.name for node in tree.body if isinstance(node, kinds)}
    taken = {name for name in taken if not name.startswith("_")}
    for cell in code_cells(chapter):
        source = TransformerManager().transform_cell(cell.source)
        assert not definitions(source) & taken, (
            f"the package has these; call yours my_…:\n{source}"
        )


def test_a_cell_has_at_most_twelve_lines(chapter):
    long = [
        cell.source
        for cell in code_cells(chapter)
        if len(cell.source.splitlines()) > 12
    ]
    assert long == []


def test_at_most_two_cells_are_not_compared_each_with_its_reason(chapter):
    out = [
        cell
        for cell in code_cells(chapter)
        if OPT_OUTS & set(cell.metadata.get("tags", []))
        or re.search(r"#\s*NBVAL_", cell.source)
    ]
    assert len(out) <= 2
    assert [cell.source for cell in out if REASON not in cell.source] == []
