"""MASSIVE 1.1: short utterances in English and Kannada, out of an archive of the reader's.

16.5 thousand in each language (FitzGerald et al. 2022, CC BY 4.0). The two files are read
from amazon-massive-dataset-1.1.tar.gz itself, or from a folder where they were put, and
checked by size and hash.
"""

import hashlib
import json
import tarfile
import zlib
from gzip import BadGzipFile
from pathlib import Path
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


def massive_files(path: str | Path) -> list[Path]:
    """What read_massive reads: the two files of a folder, or the archive."""
    path = Path(path)
    if not path.is_dir():
        return [path]
    return [path / Path(member.path).name for member in MASSIVE]


def read_massive(path: str | Path) -> dict[str, list[Pair]]:
    """The pairs of each partition (train, dev, test), joined by id, in English order.

    path: of the archive, or of a folder with its two files. Raises FileNotFoundError, or
    ValueError for an archive that is cut or none, for a file that fails its check, and
    for an id that stands in one language, or in one partition, and not in the other.
    """
    if Path(path).is_dir():
        contents = [file.read_bytes() for file in massive_files(path)]
        for member, data in zip(MASSIVE, contents, strict=True):
            member.check(data)
    else:
        contents = _members(path)
    sides: list[dict[tuple[str, str], str]] = []
    for member, data in zip(MASSIVE, contents, strict=True):
        rows = map(json.loads, lines_of(member.path, data))
        sides.append({(row["partition"], row["id"]): row["utt"] for row in rows})
    english, kannada = sides
    if alone := english.keys() ^ kannada.keys():
        raise ValueError(f"{path}: only one language has {min(alone)}")
    pairs: dict[str, list[Pair]] = {}
    for (partition, id), text in english.items():
        pairs.setdefault(partition, []).append(Pair(text, kannada[partition, id]))
    return pairs


def _members(archive: str | Path) -> list[bytes]:
    """The contents of the two files of an archive, checked."""
    found = []
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in MASSIVE:
                if (file := tar.extractfile(member.path)) is None:
                    raise ValueError(f"{member.path} is not a file")
                # A byte more than due would show that there is more.
                found.append(member.check(file.read(member.size + 1)))
    except (tarfile.TarError, EOFError, zlib.error, BadGzipFile) as error:
        raise ValueError(f"{archive}: cut off, or no .tar.gz ({error})") from error
    except (KeyError, ValueError) as error:
        raise ValueError(f"{archive}: {error.args[0]}; fetch it again") from error
    return found
