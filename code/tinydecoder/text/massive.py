"""MASSIVE 1.1: short utterances in English and Kannada, out of an archive of the reader's.

16.5 thousand in each language (FitzGerald et al. 2022, CC BY 4.0). The two files are
checked by size and hash when they are taken out and again when they are read.
"""

import hashlib
import json
import tarfile
import zlib
from gzip import BadGzipFile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tinydecoder.text.parallel import Pair, lines_of


class Member(NamedTuple):
    """A file of an archive: its path there, its size in bytes and its SHA-256."""

    path: str
    size: int
    sha256: str

    def check(self, data: bytes) -> bytes:
        """The same bytes, or ValueError if they are not this member's."""
        if (size := len(data)) != self.size:
            raise ValueError(f"{self.path} must have {self.size} bytes, got {size}")
        if (found := hashlib.sha256(data).hexdigest()) != self.sha256:
            raise ValueError(f"{self.path}: SHA-256 is {found}, not {self.sha256}")
        return data


_ENGLISH = "7f47a92ec9e791d60178bab82fcfb7277b7d13efcf5a8e91fe4cdca2067bd65d"
_KANNADA = "c0ab6b5866ebedd17b85c45c831e5068a3e4d5d7732722aaaec91bd6153ef912"
MASSIVE = (
    Member("1.1/data/en-US.jsonl", 3_911_378, _ENGLISH),
    Member("1.1/data/kn-IN.jsonl", 14_244_438, _KANNADA),
)


def extract_massive(
    archive: str | Path, folder: str | Path, members: tuple[Member, ...] = MASSIVE
) -> None:
    """Put the members of amazon-massive-dataset-1.1.tar.gz into folder, checked.

    Raises FileNotFoundError for a missing archive or a missing parent of folder,
    ValueError for an archive that is cut or none, or a member that is wrong or missing;
    nothing new is left then.
    """
    folder = Path(folder)
    with TemporaryDirectory(dir=folder.parent) as temporary:
        try:
            with tarfile.open(archive, "r:gz") as tar:
                for member in members:
                    if (file := tar.extractfile(member.path)) is None:
                        raise ValueError(f"{member.path} is not a file")
                    # A byte more than due would show that there is more.
                    data = member.check(file.read(member.size + 1))
                    (Path(temporary) / Path(member.path).name).write_bytes(data)
        except (tarfile.TarError, EOFError, zlib.error, BadGzipFile) as error:
            raise ValueError(f"{archive}: cut off, or no .tar.gz ({error})") from error
        except (KeyError, ValueError) as error:
            raise ValueError(f"{archive}: {error.args[0]}; fetch it again") from error
        folder.mkdir(exist_ok=True)
        for part in Path(temporary).iterdir():
            part.replace(folder / part.name)


def read_massive(
    folder: str | Path, members: tuple[Member, Member] = MASSIVE
) -> dict[str, list[Pair]]:
    """The pairs of each partition (train, dev, test), joined by id, in English order.

    Raises FileNotFoundError, or ValueError for a file that fails its check and for an
    id that stands in one language, or in one partition, and not in the other.
    """
    sides: list[dict[tuple[str, str], str]] = []
    for member in members:
        path = Path(folder) / Path(member.path).name
        lines = lines_of(path, member.check(path.read_bytes()))
        rows = map(json.loads, lines)
        sides.append({(row["partition"], row["id"]): row["utt"] for row in rows})
    english, kannada = sides
    if alone := english.keys() ^ kannada.keys():
        raise ValueError(f"{folder}: only one language has {min(alone)}")
    pairs: dict[str, list[Pair]] = {}
    for (partition, id), text in english.items():
        pairs.setdefault(partition, []).append(Pair(text, kannada[partition, id]))
    return pairs
