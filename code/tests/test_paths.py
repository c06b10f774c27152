"""A training loses no file of the reader's: what would is refused before any work."""

import os
import subprocess
import sys

import pytest
from test_commands import TINY, alone, pairs, run  # noqa: F401  (pairs is a fixture)

from tinydecoder import checkpoint
from tinydecoder.checkpoint import load
from tinydecoder.cli import commands
from tinydecoder.files import only_writer

LINKS = pytest.mark.skipif(sys.platform == "win32", reason="links need a right there")


@pytest.fixture(autouse=True)
def no_work(request, monkeypatch):
    """Reading, let alone training, would be too late for a refusal."""
    if "refused" in request.node.name:

        def fail(*_):
            raise AssertionError("work was begun")

        monkeypatch.setattr(commands, "_training_data", fail)


def refused(capsys, folder, *options):
    """The line; no file in the folder has changed, and none is new."""
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    says = alone(capsys, "train", *options, *TINY)
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after == before
    return says


@pytest.mark.parametrize("option", ["--out", "--history"])
@pytest.mark.parametrize(
    "way", ["itself", "dots", pytest.param("link", marks=LINKS), "hard link"]
)
def test_an_output_that_is_the_input_is_refused(option, way, pairs, tmp_path, capsys):  # noqa: F811
    other = tmp_path / "other.csv"
    match way:
        case "itself":
            other = pairs
        case "dots":
            (tmp_path / "folder").mkdir()
            other = tmp_path / "folder" / ".." / pairs.name
        case "link":
            other.symlink_to(pairs)
        case "hard link":
            os.link(pairs, other)
    options = ["--pairs", pairs, "--out", tmp_path / "model", option, other]
    assert "would replace" in refused(capsys, tmp_path, *options)


@pytest.mark.parametrize("name", ["own.md", "own.held-out.tsv", "own.st.state"])
def test_what_is_written_beside_the_model_is_no_input_or_refused(
    name, tmp_path, capsys
):
    path = tmp_path / name
    path.write_text("one\tone\n")
    out = tmp_path / "own.st"
    assert "would replace" in refused(capsys, tmp_path, "--pairs", path, "--out", out)
    aligned = ["--aligned", tmp_path / "text", path]
    assert "would replace" in refused(capsys, tmp_path, *aligned, "--out", out)


@pytest.mark.parametrize("archive", [True, False])
def test_an_output_in_place_of_massive_is_refused(archive, tmp_path, capsys):
    path = file = tmp_path / "massive.tar.gz"
    if not archive:
        path.mkdir()
        file = path / "kn-IN.jsonl"
    file.write_text("{}")
    options = ["--massive", path, "--out", file]
    assert "would replace" in refused(capsys, tmp_path, *options)


@pytest.mark.parametrize("name", ["m.md", "m.state", "m.held-out.tsv", "m", "M", "é"])
def test_two_outputs_in_one_file_are_refused(name, pairs, tmp_path, capsys):  # noqa: F811
    """Before they are there no one knows whether capitals count in their folder."""
    out = "e\u0301" if name == "é" else "m"
    options = ["--pairs", pairs, "--out", tmp_path / out, "--history", tmp_path / name]
    assert "must be a file of its own" in refused(capsys, tmp_path, *options)


@LINKS
def test_two_outputs_through_a_link_are_refused(pairs, tmp_path, capsys):  # noqa: F811
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "folder", target_is_directory=True)
    history = ["--history", link / "m"]
    options = ["--pairs", pairs, "--out", tmp_path / "folder" / "m", *history]
    assert "must be a file of its own" in refused(capsys, tmp_path, *options)


FOREIGN = {
    "a text as the model": ("own.st", b"my thesis", "no checkpoint"),
    "another safetensors": ("own.st", b"\x02" + bytes(7) + b"{}", "no checkpoint"),
    "a long header": ("own.st", b"\xff" * 20, "no checkpoint"),
    "notes as the card": ("own.md", b"# own\n\nMy notes.\n", "no model card"),
    "pairs": ("own.held-out.tsv", b"one\tone\n", "perhaps yours"),
    "a table as the history": ("own.csv", b"year,rain\n", "no history"),
}


@pytest.mark.parametrize(
    ("name", "content", "says"), FOREIGN.values(), ids=FOREIGN.keys()
)
def test_a_file_that_is_not_ours_is_kept_and_refused(
    name,
    content,
    says,
    pairs,  # noqa: F811
    tmp_path,
    capsys,
):
    (tmp_path / name).write_bytes(content)
    history = ["--history", tmp_path / "own.csv"]
    options = ["--pairs", pairs, "--out", tmp_path / "own.st", *history]
    found = refused(capsys, tmp_path, *options)
    assert says in found and "move it, or choose another name" in found


def test_a_folder_as_an_output_is_refused(pairs, tmp_path, capsys):  # noqa: F811
    for name in ("own.md", "own.st.state", "own.csv"):
        (tmp_path / name).mkdir()
        history = ["--history", tmp_path / "own.csv"]
        options = ["--pairs", pairs, "--out", tmp_path / "own.st", *history]
        assert "must be a file, and is a folder" in refused(capsys, tmp_path, *options)
        (tmp_path / name).rmdir()


@pytest.mark.parametrize("name", ["", ".", "..", "/"])
def test_no_name_is_refused(name, pairs, tmp_path, capsys, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    options = ["--pairs", pairs, "--out", name]
    assert "must be a file" in refused(capsys, tmp_path, *options)


def test_a_folder_that_cannot_be_written_is_refused(pairs, tmp_path, capsys):  # noqa: F811
    out = pairs / "model"  # a file where a folder would have to be
    assert "cannot be written" in refused(
        capsys, tmp_path, "--pairs", pairs, "--out", out
    )


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere"
)
def test_a_read_only_folder_is_refused(pairs, tmp_path, capsys):  # noqa: F811
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o555)
    options = ["--pairs", pairs, "--out", folder / "new" / "model"]
    assert "cannot be written" in refused(capsys, tmp_path, *options)


def test_a_second_training_into_the_same_file_is_told_so(pairs, tmp_path, capsys):  # noqa: F811
    out = tmp_path / "model"
    for path in (out, tmp_path / "model.md"):
        with only_writer(path):
            assert run("train", "--pairs", pairs, "--out", out, *TINY) == 1
        err = capsys.readouterr().err
        assert f"error: another run is writing {path}: wait" in err
    assert list(tmp_path.iterdir()) == [pairs]


@pytest.mark.parametrize("place", ["model.md", "model.held-out.tsv"])
def test_a_run_killed_between_model_and_card_goes_on(
    place,
    pairs,  # noqa: F811
    tmp_path,
    monkeypatch,
    capsys,
):
    write = commands.write_atomically

    def killed(path, content):
        if path.name == place:
            raise KeyboardInterrupt
        write(path, content)

    command = ["train", "--pairs", pairs, "--out", tmp_path / "model", *TINY]
    with monkeypatch.context() as patch:
        patch.setattr(commands, "write_atomically", killed)
        assert run(*command) == 130
    assert (tmp_path / "model.state").exists()
    assert run(*command) == 0
    assert load(tmp_path / "model").made["steps"] == "20"
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"pairs.tsv", "model", "model.md", "model.held-out.tsv"}
    # The same command once more: what is there is its own.
    assert run(*command) == 0


def test_a_full_disk_at_the_end_loses_nothing(pairs, tmp_path, monkeypatch, capsys):  # noqa: F811
    def full(*_):
        raise OSError(28, "No space left on device")

    command = ["train", "--pairs", pairs, "--out", tmp_path / "model", *TINY]
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write_atomically", full)
        assert run(*command) == 1
    assert "error: [Errno 28] No space left" in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"pairs.tsv", "model.state"}
    assert run(*command) == 0


def test_torchrun_says_it_once(pairs, tmp_path):  # noqa: F811
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
    command = ["--nproc-per-node", "2", "-m", "tinydecoder", "train"]
    done = subprocess.run(
        [*torchrun, *command, "--pairs", pairs, "--out", pairs, *TINY],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode != 0 and done.stderr.count("would replace") == 1


def test_pairs_kept_back_that_the_checkpoint_does_not_know_are_not_replaced(
    capsys,
    tmp_path,
    pairs,  # noqa: F811
):
    """A checkpoint beside them says nothing: it may be of the corpus, or a copy."""
    out, mine = tmp_path / "own.st", tmp_path / "own.held-out.tsv"
    assert run("train", "--pairs", pairs, "--out", out, *TINY) == 0
    assert (
        run("train", "--pairs", pairs, "--out", out, *TINY) == 0
    )  # ours: known by sum
    mine.write_text("mine\tನನ್ನದು\n", encoding="utf-8")
    capsys.readouterr()
    assert run("train", "--pairs", pairs, "--out", out, *TINY) == 1
    assert "perhaps yours" in capsys.readouterr().err
    assert mine.read_text(encoding="utf-8") == "mine\tನನ್ನದು\n"


def test_names_that_end_in_numbers_have_a_card_each(tmp_path, pairs):  # noqa: F811
    for name in ("lr0.001", "lr0.002"):
        assert run("train", "--pairs", pairs, "--out", tmp_path / name, *TINY) == 0
    cards = [(tmp_path / f"lr0.00{n}.md").read_text(encoding="utf-8") for n in (1, 2)]
    assert [card.splitlines()[0] for card in cards] == ["# lr0.001", "# lr0.002"]


def test_another_models_card_is_not_replaced(capsys, tmp_path, pairs):  # noqa: F811
    assert run("train", "--pairs", pairs, "--out", tmp_path / "own.st", *TINY) == 0
    before = (tmp_path / "own.md").read_bytes()
    (tmp_path / "own.held-out.tsv").unlink()
    capsys.readouterr()
    assert run("train", "--pairs", pairs, "--out", tmp_path / "own.bin", *TINY) == 1
    assert "no model card of own.bin" in capsys.readouterr().err
    assert (tmp_path / "own.md").read_bytes() == before


@pytest.mark.parametrize("threads", [0, 100_000])
def test_a_number_of_threads_that_cannot_be_is_refused(capsys, threads):
    assert run("translate", "--threads", threads, "the boy ate") == 1
    assert f"got {threads}" in capsys.readouterr().err


def test_a_closed_output_is_an_error(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdout", None)
    assert run("translate", "the boy ate") == 1
    assert "standard output is closed" in capsys.readouterr().err
