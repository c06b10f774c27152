"""The house rules a machine can hold: what lies where, who imports whom, what a cell may do."""

import ast
import importlib.metadata
import itertools
import re
import sys
import tomllib
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import nbformat
import pytest
import yaml
from IPython.core.inputtransformer2 import TransformerManager
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import tinydecoder
from decoderbook.tools import notebooks, repository

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
        "runtime.txt",
    ),
}

# The rooms of both packages from the ground up. A module may import from its own room and from
# those before it, and inside a room there is no circle. A folder belongs to one room as a whole.
ROOMS = {
    "model": "config functional embedding cache attention layers model",
    "instruments": "tracing causality parameters torch_twin",
    "text": "files tensor_file text",
    "corpus": "corpus",
    "writing": "sampling generation",
    "training": "batches distributed training_state training_run training",
    "translation": "datasets checkpoint translation",
    "other inputs": "other_inputs",
    "evaluation": "evaluation",
    "bench": "bench",
    "command line": "cli __main__",
}
BOOK_ROOMS = {
    "look": "theme figures source",
    "page model": "page_model",
    "widgets": "frames widgets live",
    "diagram": "diagram",
    "checks": "checks",
    "check-up": "checkup",
    "museum": "museum",
    "tools": "tools",
    "site": "site",
    "take along": "take_along",
    "assign": "assign",
    "grade": "grade",
}
# The rooms of the book that know the model: one hands the trained one to the site, one draws it, one checks
# what learners write against it, one examines it among others, one puts a bug into it, and two hand out what
# learners write, and grade it.
KNOW_THE_MODEL = (
    "decoderbook.page_model",
    "decoderbook.diagram",
    "decoderbook.checks",
    "decoderbook.checkup",
    "decoderbook.museum",
    "decoderbook.assign",
    "decoderbook.grade",
)
# What a chapter's checks try is written as the chapter is, with what the package shows.
LIKE_A_CHAPTER = "decoderbook.checks.chapter_"
# What the model itself needs, and what the other rooms may need besides.
MODEL_MAY_IMPORT = {"torch", "jaxtyping"}
REST_MAY_IMPORT = MODEL_MAY_IMPORT | {
    "tokenizers",
    "regex",
    "sacrebleu",
    "safetensors",
    "tqdm",
}

# What a chapter works with; the other modules of decoderbook run the book and its site.
TAUGHT = (
    "tinydecoder",
    "decoderbook.widgets",
    "decoderbook.live",
    "decoderbook.figures",
    "decoderbook.source",
    "decoderbook.checks.engine",
    "decoderbook.page_model.widget",
    "decoderbook.diagram.levels",
    "decoderbook.diagram.small",
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


def room_of(module: str) -> int | None:
    """The number of a module's room, counted from the ground; None for a package's face."""
    package, *rest = module.split(".")
    if not rest:
        return None
    rooms = ROOMS if package == "tinydecoder" else BOOK_ROOMS
    places = [i for i, names in enumerate(rooms.values()) if rest[0] in names.split()]
    assert len(places) == 1, f"{module} belongs to no room, or to two"
    return places[0]


def imported_modules(path: Path) -> set[str]:
    """The modules of the two packages that a file imports from."""
    found, known = set(), modules()
    for name in imports(path):
        if name.split(".")[0] not in ("tinydecoder", "decoderbook"):
            continue
        while name not in known:
            name = name.rpartition(".")[0]
        found.add(name)
    return found


def imports(path: Path) -> set[str]:
    """The absolute names that a file imports; a name taken out of a module stands with it."""
    return imports_of(path.read_text(encoding="utf-8"))


def imports_of(source: str) -> set[str]:
    """The same of a file's text."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"write imports in full: {node.module}"
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


def test_every_room_is_there():
    tops = {[*name.split("."), ""][1] for name in modules()} - {""}
    named = " ".join([*ROOMS.values(), *BOOK_ROOMS.values()]).split()
    assert sorted(named) == sorted(tops)


@pytest.mark.parametrize("module", sorted(modules()))
def test_imports_run_from_room_to_room_one_way(module):
    here = room_of(module)
    for name in imported_modules(modules()[module]):
        if module.startswith(KNOW_THE_MODEL) and name.startswith("tinydecoder."):
            continue
        if module.startswith(LIKE_A_CHAPTER) and name == "tinydecoder":
            continue
        assert name.split(".")[0] == module.split(".")[0], (
            f"{module} must not import {name}: the packages know nothing of each other"
        )
        if here is not None:
            there = room_of(name)
            assert there is not None, (
                f"{module} must import {name}'s modules, not its face"
            )
            assert there <= here, f"{module} must not import {name}: it is a later room"


def test_no_imports_run_in_a_circle():
    graph = {name: imported_modules(path) for name, path in modules().items()}
    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize(
    "module", [name for name in modules() if name.startswith("tinydecoder")]
)
def test_the_model_imports_nothing_but_torch(module):
    tops = {name.split(".")[0] for name in imports(modules()[module])}
    ground = module.removeprefix("tinydecoder.") in ROOMS["model"].split()
    allowed = MODEL_MAY_IMPORT if ground else REST_MAY_IMPORT
    assert tops <= allowed | {"tinydecoder"} | set(sys.stdlib_module_names)


# Declared without an import: torch's tensors become arrays, the book loads the extension.
NOT_IMPORTED = {
    "package": {"numpy"},
    "site": {"jupyter-book"},
    # The site's extra, and the kernel that runs notebooks.
    "instructor": {"inside-the-decoder", "ipykernel"},
}
# Which rooms an extra is for; what instructors use has the site's besides.
EXTRAS = {
    "site": ("decoderbook.site", "decoderbook.tools", "decoderbook.take_along"),
    "instructor": ("decoderbook.assign", "decoderbook.grade"),
}


def declared() -> dict[str, set[str]]:
    """What code/pyproject.toml declares: for the package, for the site and for instructors besides."""
    text = (CODE / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    lists = {
        "package": project["dependencies"],
        "site": project["optional-dependencies"]["site"],
        "instructor": project["optional-dependencies"]["instructor"],
    }
    return {
        name: {canonicalize_name(Requirement(line).name) for line in lines}
        for name, lines in lists.items()
    }


def test_the_package_declares_what_it_imports_and_nothing_else():
    """What only the site and the tools, or only instructors, need is an extra: Colab installs none of it."""
    known = importlib.metadata.packages_distributions()
    needed: dict[str, set[str]] = {"package": set(), "site": set(), "instructor": set()}
    for module, path in modules().items():
        room = ".".join(module.split(".")[:2])
        extra = next((e for e, rooms in EXTRAS.items() if room in rooms), "package")
        for name in {name.split(".")[0] for name in imports(path)}:
            if name in sys.stdlib_module_names or name in (
                "tinydecoder",
                "decoderbook",
            ):
                continue
            (distribution,) = {canonicalize_name(found) for found in known[name]}
            needed[extra].add(distribution)
    needed["site"] -= needed["package"]
    needed["instructor"] -= needed["package"] | needed["site"]
    found = declared()
    assert needed["package"] == found["package"] - NOT_IMPORTED["package"]
    assert needed["site"] == found["site"] - NOT_IMPORTED["site"]
    assert needed["instructor"] == found["instructor"] - NOT_IMPORTED["instructor"]


def test_the_rooms_allow_no_import_that_none_makes():
    used = {name.split(".")[0] for path in modules().values() for name in imports(path)}
    assert used >= REST_MAY_IMPORT


def test_the_package_data_is_there():
    text = (CODE / "pyproject.toml").read_text(encoding="utf-8")
    for package, patterns in tomllib.loads(text)["tool"]["setuptools"][
        "package-data"
    ].items():
        for pattern in patterns:
            assert any((CODE / package).glob(pattern)), f"{package}: no {pattern}"


@pytest.mark.parametrize("module", sorted(modules()))
def test_no_public_name_shadows_its_module(module):
    """`package.name` would be a function for one reader and a module for another."""
    *_, own = module.split(".")
    tree = ast.parse(modules()[module].read_text(encoding="utf-8"))
    assert own not in {getattr(node, "name", "") for node in tree.body}


def test_the_face_has_every_name_that_chapters_use_more_than_once():
    uses = Counter()
    for path in CHAPTERS:
        source = "\n".join(
            TransformerManager().transform_cell(cell.source)
            for cell in code_cells(path)
        )
        names = {name for name in imports_of(source) if name.startswith("tinydecoder.")}
        uses.update({name.rpartition(".")[2] for name in names})
    more_than_once = {name for name, chapters in uses.items() if chapters > 1}
    assert more_than_once <= set(tinydecoder.__all__)
    for name in tinydecoder.__all__:
        assert getattr(tinydecoder, name) is not None
    assert set(tinydecoder.__all__) <= set(dir(tinydecoder))
    with pytest.raises(AttributeError, match="no attribute 'attentoin'"):
        tinydecoder.attentoin  # noqa: B018


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
    """Only a fork, which says where it comes from, may leave pages out."""
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
    names = {f"book/{path.stem}" for path in pages}
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert len(listed) == len(set(listed)) and set(listed) <= names
    if not config["sphinx"]["config"]["upstream"]:
        assert set(listed) == names, (
            "to leave a page out, first make a fork: make repository URL=…"
        )


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
