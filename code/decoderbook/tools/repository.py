"""What is derived from the repository's address and version: Colab links, install line.

    python -m decoderbook.tools.repository          write the derived places anew, after a new version
    python -m decoderbook.tools.repository --check  only name the places that disagree
    python -m decoderbook.tools.repository https://github.com/me/fork        move the course to a fork

The address stands in `_config.yml` (`repository.url`), the version in
`code/pyproject.toml`; the released tag is `v` and the version.
"""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parents[3]
DISTRIBUTION = "inside-the-decoder"
ADDRESS = re.compile(r"https://github\.com/([A-Za-z0-9][A-Za-z0-9-]*)/([\w.-]*[\w-])")
COLAB = "https://colab.research.google.com/github/"


@dataclass(frozen=True)
class Repository:
    """One repository at one version, and every address that is derived from them."""

    owner: str
    name: str
    version: str

    @classmethod
    def parse(cls, url: str, version: str) -> "Repository":
        """Read `https://github.com/OWNER/REPO[.git]`; ValueError for all else."""
        if not (parts := ADDRESS.fullmatch(url.removesuffix("/").removesuffix(".git"))):
            raise ValueError(f"{url!r} does not read https://github.com/OWNER/REPO")
        return cls(parts[1], parts[2], version)

    @property
    def url(self) -> str:
        """The address of the repository."""
        return f"https://github.com/{self.owner}/{self.name}"

    @property
    def tag(self) -> str:
        """The git tag of the release."""
        return f"v{self.version}"

    @property
    def requirement(self) -> str:
        """What pip installs the released package from."""
        return f"{DISTRIBUTION} @ git+{self.url}@{self.tag}#subdirectory=code"

    @property
    def first_cell(self) -> str:
        """The first code cell of every notebook: in Colab it installs the package."""
        condition = 'import sys\n\nif "google.colab" in sys.modules:'
        return f'{condition}\n    %pip install -q "{self.requirement}"'

    @property
    def site(self) -> str:
        """The host and path of the published site."""
        return f"{self.owner.lower()}.github.io/{self.name}"

    @property
    def colab_root(self) -> str:
        """The address under which Colab opens the files of the release."""
        return f"{COLAB}{self.owner}/{self.name}/blob/{self.tag}/"

    def page(self, stem: str) -> str:
        """The address of a published page, such as `05-queries-keys-values`."""
        return f"https://{self.site}/book/{stem}.html"

    def file(self, path: str) -> str:
        """The address of a released file of `book/`, such as a picture."""
        return f"{self.url}/raw/{self.tag}/book/{path}"

    def colab(self, notebook: str) -> str:
        """The address that opens a released notebook, such as `03-name.ipynb`, in
        Colab.
        """
        return f"{self.colab_root}book/{notebook}"


def read(root: Path = ROOT) -> Repository:
    """The repository as `_config.yml` and `code/pyproject.toml` name it."""
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    project = tomllib.loads(
        (root / "code" / "pyproject.toml").read_text(encoding="utf-8")
    )
    return Repository.parse(config["repository"]["url"], project["project"]["version"])


def find(root: Path = ROOT) -> Repository:
    """The repository of this clone, or the one that the installed package came from."""
    if (root / "_config.yml").is_file():
        return read(root)
    about = importlib.metadata.metadata(DISTRIBUTION)
    urls = dict(line.split(", ", 1) for line in about.get_all("Project-URL", []))
    return Repository.parse(urls["Repository"], about["Version"])


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
    if path.name == "_config.yml":
        text = re.sub(r"(?m)^( +branch: )\S+", lambda line: line[1] + new.tag, text)
    if path.name == "CITATION.cff":
        text = re.sub(r"(?m)^(version: )\S+", lambda line: line[1] + new.version, text)
    return text


def move(root: Path, url: str | None = None) -> list[Path]:
    """Write every derived place for `url` (None: as it is); return what changed.

    ValueError for an address that is none; then nothing is written. `_config.yml`, from
    which the old address is read, is written last, so that an interrupted move can be
    repeated.
    """
    old = read(root)
    new = Repository.parse(url, old.version) if url else old
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
                f"{path} names another version than {here.tag}: run `make repository`"
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


def main(arguments: list[str]) -> int:
    """Move to the address on the command line, if there is one, and say what changed;
    with --check, say what disagrees. Returns the exit status.
    """
    if arguments == ["--check"]:
        found = disagreements(ROOT)
        for sentence in found:
            print(f"error: {sentence}", file=sys.stderr)
        return 1 if found else 0
    try:
        changed = move(ROOT, *arguments)
    except ValueError as error:
        print(f"Nothing was changed: {error}", file=sys.stderr)
        return 1
    print(
        "\n".join(f"rewrote {path}" for path in changed)
        or "Every place is as it should be."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
