"""MASSIVE, by small archives of the same layout: what is wrong is named."""

import gzip
import hashlib
import io
import json
import tarfile

import pytest

from tinydecoder.__main__ import main
from tinydecoder.checkpoint import PRETRAINED
from tinydecoder.text import massive
from tinydecoder.text.massive import MASSIVE, Member, read_massive
from tinydecoder.text.parallel import Pair


def written(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def jsonl(rows):
    keys = ("id", "partition", "utt", "scenario")
    texts = (json.dumps(dict(zip(keys, row, strict=True))) for row in rows)
    return "".join(f"{text}\n" for text in texts).encode()


ENGLISH = jsonl(
    [
        ("0", "test", "wake me up at five", "alarm"),
        ("1", "train", "quiet", "audio"),
        ("2", "dev", "what is the time", "datetime"),
        ("3", "train", "play a song", "play"),
    ]
)
KANNADA = jsonl(
    [
        ("3", "train", "ಒಂದು ಹಾಡು ಹಾಕು", "play"),
        ("1", "train", "ನಿಶ್ಯಬ್ದ", "audio"),
        ("0", "test", "ಐದು ಗಂಟೆಗೆ ಎಬ್ಬಿಸು", "alarm"),
        ("2", "dev", "ಸಮಯ ಎಷ್ಟು", "datetime"),
    ]
)
CONTENT = {"1.1/data/en-US.jsonl": ENGLISH, "1.1/data/kn-IN.jsonl": KANNADA}


def members(content=CONTENT):
    return tuple(
        Member(path, len(data), hashlib.sha256(data).hexdigest())
        for path, data in content.items()
    )


def archive(path, content=CONTENT):
    with tarfile.open(path, "w:gz") as tar:
        for name, data in {"1.1/LICENSE": b"CC BY 4.0", **content}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_the_real_files_are_known_by_size_and_hash():
    assert [member.path for member in MASSIVE] == list(CONTENT)
    assert [member.size for member in MASSIVE] == [3_911_378, 14_244_438]
    assert all(len(bytes.fromhex(member.sha256)) == 32 for member in MASSIVE)


@pytest.fixture(autouse=True)
def small(request, monkeypatch):
    """The small files in place of the real ones, but where the real ones are meant."""
    if "real" not in request.node.name:
        monkeypatch.setattr(massive, "MASSIVE", members())


def folder_of(path, content=CONTENT):
    path.mkdir()
    for name, data in content.items():
        (path / name.rpartition("/")[2]).write_bytes(data)
    return path


@pytest.mark.parametrize("kind", ["archive", "folder"])
def test_massive_is_joined_by_id(kind, tmp_path):
    path = tmp_path / "massive.tar.gz"
    archive(path) if kind == "archive" else folder_of(path)
    before = sorted(tmp_path.rglob("*"))
    assert read_massive(path) == {
        "test": [Pair("wake me up at five", "ಐದು ಗಂಟೆಗೆ ಎಬ್ಬಿಸು")],
        "train": [Pair("quiet", "ನಿಶ್ಯಬ್ದ"), Pair("play a song", "ಒಂದು ಹಾಡು ಹಾಕು")],
        "dev": [Pair("what is the time", "ಸಮಯ ಎಷ್ಟು")],
    }
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["archive", "folder"])
def test_the_command_takes_archive_and_folder(kind, tmp_path, capsys):
    path = tmp_path / "massive.tar.gz"
    archive(path) if kind == "archive" else folder_of(path)
    checkpoint = str(PRETRAINED)
    options = ["--checkpoint", checkpoint, "--massive", str(path), "--limit", "2"]
    assert main(["evaluate", *options]) == 0
    assert capsys.readouterr().out.startswith("1 pairs\n")


EN, KN = CONTENT
OTHER = KANNADA.replace(b'"3"', b'"4"')
BAD_CONTENT = {
    "wrong hash": ({**CONTENT, KN: OTHER}, r"kn-IN\.jsonl: SHA-256 is \w{64}, not"),
    "one byte more": ({**CONTENT, KN: KANNADA + b"\n"}, r"must have \d+ bytes, got"),
    "one byte less": ({**CONTENT, KN: KANNADA[:-1]}, r"must have \d+ bytes, got"),
    "no such member": ({EN: ENGLISH}, r"'1\.1/data/kn-IN\.jsonl' not found"),
}


@pytest.mark.parametrize(
    ("content", "says"), BAD_CONTENT.values(), ids=BAD_CONTENT.keys()
)
def test_a_wrong_archive_is_named(content, says, tmp_path):
    path = archive(tmp_path / "massive.tar.gz", content)
    with pytest.raises(ValueError, match=rf"massive\.tar\.gz: .*{says}"):
        read_massive(path)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.9])
def test_a_cut_archive_is_refused(share, tmp_path):
    path = archive(tmp_path / "massive.tar.gz")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match="cut off, or no"):
        read_massive(path)
    assert list(tmp_path.iterdir()) == [path]


NOT_TAR = {
    "text": b"<html>not found</html>",
    "gzip": gzip.compress(b"not a tar file" * 99),
    "damaged": gzip.compress(b"")[:10] + b"\xff" * 99,
}


@pytest.mark.parametrize("data", NOT_TAR.values(), ids=NOT_TAR.keys())
def test_another_file_is_refused(data, tmp_path):
    path = written(tmp_path / "massive.tar.gz", data)
    with pytest.raises(ValueError, match=r"massive\.tar\.gz: cut off, or no \.tar\.gz"):
        read_massive(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_where_a_file_should_be_is_refused(tmp_path):
    path = tmp_path / "massive.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        info = tarfile.TarInfo(EN)
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
    with pytest.raises(ValueError, match=r"en-US\.jsonl is not a file"):
        read_massive(path)
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_archive_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.tar\.gz"):
        read_massive(tmp_path / "none.tar.gz")
    assert list(tmp_path.iterdir()) == []


def test_a_file_changed_or_lost_in_its_folder_is_refused(tmp_path):
    folder = folder_of(tmp_path / "massive")
    file = folder / "kn-IN.jsonl"
    written(file, KANNADA[:-9])
    with pytest.raises(ValueError, match=r"kn-IN\.jsonl must have \d+ bytes, got"):
        read_massive(folder)
    file.unlink()
    with pytest.raises(FileNotFoundError, match=r"kn-IN\.jsonl"):
        read_massive(folder)


@pytest.mark.parametrize("field", ["id", "partition"])
def test_a_row_of_one_language_only_is_named(field, tmp_path, monkeypatch):
    row, *rest = KANNADA.decode().splitlines()
    row = json.dumps({**json.loads(row), field: "other"})
    content = {EN: ENGLISH, KN: "\n".join([row, *rest]).encode()}
    monkeypatch.setattr(massive, "MASSIVE", members(content))
    with pytest.raises(ValueError, match="only one language has"):
        read_massive(archive(tmp_path / "a.tar.gz", content))


def test_the_real_members_refuse_these_small_files(tmp_path):
    with pytest.raises(ValueError, match="3911378 bytes, got"):
        read_massive(archive(tmp_path / "a.tar.gz"))
