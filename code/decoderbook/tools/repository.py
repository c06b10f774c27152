"""What is derived from the course's name, address and version: titles, Colab links, install line.

    python -m decoderbook.tools.repository          write the derived places anew, after a new version
    python -m decoderbook.tools.repository --check  only name the places that disagree
    python -m decoderbook.tools.repository https://github.com/OWNER/REPO --title "My course"    make it a fork

The name and the address stand in `_config.yml` (`title`, `repository.url`), the version in
`code/pyproject.toml`; the released tag is `v` and the version. A fork keeps the address of the
course that it comes from, as `upstream` in `_config.yml`.
"""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import yaml

from decoderbook.tools.address import ADDRESS, COLAB, ROOT, Repository, read

NONE = '""'  # in YAML
# How the line begins that has the title, the first of its kind in the file.
TITLES = {
    "_config.yml": "title: ",
    "CITATION.cff": "title: ",
    "README.md": "# ",
    "book/index.md": "# ",
}
CITED = "book/about.md"  # says how to cite the course, by its title


def texts(root: Path = ROOT) -> dict[Path, str]:
    """Every text file that git has or would take in, by its path below `root`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=root, check=True, capture_output=True
    ).stdout.decode()
    found = {}
    for path in sorted(
        Path(name) for name in listed.split("\0") if (root / name).is_file()
    ):
        try:
            found[path] = (root / path).read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue  # an image or a font
    return found


def rewrite(path: Path, text: str, old: Repository, new: Repository) -> str:
    """A file's text with every place derived from `old`, at any version, derived from
    `new`.
    """
    text = re.sub(
        rf"{COLAB}{old.owner}/{old.name}/blob/[^/\s]+/", lambda _: new.colab_root, text
    )
    text = re.sub(
        rf"git\+{old.url}@[^#\s]+#", lambda _: f"git+{new.url}@{new.tag}#", text
    )
    text = re.sub(rf"{old.url}(?![\w-])", lambda _: new.url, text)
    text = re.sub(rf"\b{old.site}(?![\w-])", lambda _: new.site, text)
    if path.as_posix() in TITLES:
        begin = TITLES[path.as_posix()]
        title = _yaml(new.title) if begin == "title: " else new.title
        text = re.sub(rf"(?m)^{begin}.+", lambda _: begin + title, text, count=1)
    if path.as_posix() == CITED:
        text = text.replace(old.title, new.title)
    if path.name == "_config.yml":
        text = re.sub(r"(?m)^( +branch: )\S+", lambda line: line[1] + new.tag, text)
        text = re.sub(
            r"(?m)^( +upstream: )(\S+)",
            lambda line: line[1] + _upstream(line[2], old, new),
            text,
        )
    if path.name == "CITATION.cff":
        text = re.sub(r"(?m)^(version: )\S+", lambda line: line[1] + new.version, text)
    return text


def _yaml(title: str) -> str:
    return yaml.safe_dump(title, allow_unicode=True, width=1000).splitlines()[0]


def _upstream(known: str, old: Repository, new: Repository) -> str:
    """Where a fork comes from, as YAML: what is known of it, else where the course was before."""
    origin = f"https://{old.site}" if known == NONE else known
    return NONE if origin == f"https://{new.site}" else origin


def move(root: Path, url: str | None = None, title: str | None = None) -> list[Path]:
    """Write every derived place for this address and title (None: as it is); return what changed.

    ValueError for an address or a title that is none; then nothing is written. `_config.yml`, from
    which the old address is read, is written last, so that an interrupted move can be
    repeated.
    """
    old = read(root)
    new = Repository.parse(
        url or old.url, old.version, old.title if title is None else title
    )
    contents = {
        path: (text, rewrite(path, text, old, new))
        for path, text in texts(root).items()
    }
    changed = [path for path, (before, after) in contents.items() if after != before]
    for path in sorted(changed, key=lambda path: path.name == "_config.yml"):
        (root / path).write_bytes(contents[path][1].encode("utf-8"))
    return changed


def disagreements(root: Path = ROOT) -> list[str]:
    """One sentence for each place that disagrees with what `read` returns."""
    here, found = read(root), []
    for path, text in texts(root).items():
        if rewrite(path, text, here, here) != text:
            found.append(
                f"{path} disagrees with the course's title, address or version: "
                "run `make repository`"
            )
        for owner, name in ADDRESS.findall(text):
            if (owner == here.owner) != (name.removesuffix(".git") == here.name):
                found.append(
                    f"{path} names {owner}/{name}, but the course is at {here.url}"
                )
        if str(path) in ("README.md", "CITATION.cff") and here.url not in text:
            found.append(f"{path} does not name {here.url}")
        if path.match("book/*.ipynb"):
            found += _notebook(path, text, here)
    return found


def _notebook(path: Path, text: str, here: Repository) -> list[str]:
    cells = nbformat.reads(text, as_version=4).cells
    first = next((cell.source for cell in cells if cell.cell_type == "code"), "")
    links = {
        link
        for cell in cells
        for link in re.findall(rf"{COLAB}[^\s)\"'>]+", cell.source)
    }
    found = []
    if first != here.first_cell:
        found.append(f"the first code cell of {path} has to be:\n{here.first_cell}")
    if links != {here.colab(path.name)}:
        found.append(
            f"{path} links to {sorted(links)} instead of {here.colab(path.name)}"
        )
    return found


def main(arguments: list[str] | None = None) -> int:
    """Move to the address and the title on the command line, if there are any, and say what
    changed; with --check, say what disagrees. Returns the exit status.
    """
    parser = argparse.ArgumentParser(
        prog="python -m decoderbook.tools.repository",
        description="Write every place that is derived from the course's name, address and version.",
    )
    parser.add_argument(
        "url", nargs="?", help="https://github.com/OWNER/REPO: move there"
    )
    parser.add_argument("--title", help="the course's new name")
    parser.add_argument("--check", action="store_true", help="only name what disagrees")
    options = parser.parse_args(arguments)
    if options.check:
        if options.url or options.title:
            parser.error("--check changes nothing, so it takes no address and no title")
        found = disagreements(ROOT)
        for sentence in found:
            print(f"error: {sentence}", file=sys.stderr)
        return 1 if found else 0
    try:
        changed = move(ROOT, options.url, options.title)
    except ValueError as error:
        print(f"Nothing was changed: {error}", file=sys.stderr)
        return 1
    print(
        "\n".join(f"rewrote {path}" for path in changed)
        or "Every place is as it should be."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
