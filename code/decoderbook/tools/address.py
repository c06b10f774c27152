"""Where the course is: its repository at one version, and every address that is derived from it."""

import importlib.metadata
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[3]
DISTRIBUTION = "inside-the-decoder"
ADDRESS = re.compile(r"https://github\.com/([A-Za-z0-9][A-Za-z0-9-]*)/([\w.-]*[\w-])")
TITLE = "Inside the Transformer Decoder"  # where no `_config.yml` tells
COLAB = "https://colab.research.google.com/github/"


@dataclass(frozen=True)
class Repository:
    """A course's repository at one version, and every address that is derived from them."""

    owner: str
    name: str
    version: str
    title: str

    @classmethod
    def parse(cls, url: str, version: str, title: str) -> "Repository":
        """Read `https://github.com/OWNER/REPO[.git]`; ValueError for all else, and for a
        title that is no line of text.
        """
        if not (parts := ADDRESS.fullmatch(url.removesuffix("/").removesuffix(".git"))):
            raise ValueError(f"{url!r} does not read https://github.com/OWNER/REPO")
        if not title.strip() or not title.isprintable():
            raise ValueError(f"the title {title!r} is no line of text")
        return cls(parts[1], parts[2], version, title.strip())

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
    return Repository.parse(
        config["repository"]["url"],
        project["project"]["version"],
        str(config["title"]),
    )


def find(root: Path = ROOT) -> Repository:
    """The repository of this clone, or the one that the installed package came from."""
    if (root / "_config.yml").is_file():
        return read(root)
    about = importlib.metadata.metadata(DISTRIBUTION)
    urls = dict(line.split(", ", 1) for line in about.get_all("Project-URL", []))
    return Repository.parse(urls["Repository"], about["Version"], TITLE)
