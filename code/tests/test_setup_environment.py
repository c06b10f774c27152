"""What a newcomer's machine can spoil: each time one sentence, no traceback, nothing half-made."""

import ast
import importlib.metadata
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from collections import namedtuple
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from decoderbook.tools import serve

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "code" / "setup_environment.py"
MAKE = ["make", "--no-print-directory", f"--directory={ROOT}"]


@pytest.fixture
def setup():
    """The script as a module of its own, so that a test can change it."""
    spec = importlib.util.spec_from_file_location("setup_environment", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def fake_pip(setup, tmp_path, monkeypatch):
    """An environment whose pip runs the given lines; returns a function that installs into it."""
    venv = tmp_path / "venv"
    venv.mkdir()
    monkeypatch.setattr(setup, "create", lambda venv: Path(sys.executable))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "fake"))
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("-c constraints.txt\nnumpy==2\ntorch==2.13.0\n")

    def install(*lines: str) -> Path:
        (tmp_path / "fake").mkdir()
        (tmp_path / "fake" / "pip.py").write_text("\n".join(("import sys", *lines)))
        (venv / setup.MARK).touch()
        assert setup.main(["install", str(venv), str(requirements)]) == 0
        return venv / setup.MARK

    return install


def sentence(stopped: pytest.ExceptionInfo) -> str:
    """What the user reads at the end; a string as SystemExit's code makes the exit status 1."""
    assert isinstance(stopped.value.code, str)
    return stopped.value.code.strip()


def test_torch_is_installed_first_and_alone_and_the_mark_comes_last(
    fake_pip, capfd, tmp_path
):
    log = tmp_path / "log"
    mark = fake_pip(f"open({str(log)!r}, 'a').write(' '.join(sys.argv[4:]) + chr(10))")
    assert log.read_text().splitlines() == [
        "torch==2.13.0",
        f"--requirement {tmp_path / 'requirements.txt'}",
    ]
    assert mark.exists()


def test_a_broken_download_says_so_and_does_not_count_as_installed(fake_pip, tmp_path):
    with pytest.raises(SystemExit) as stopped:
        fake_pip("raise ConnectionError('the connection was cut')")
    said = sentence(stopped)
    assert said.startswith("Not everything could be downloaded: check the connection")
    assert "the connection was cut" in said and "Traceback" not in said
    assert not (tmp_path / "venv" / ".installed").exists()


def test_a_disk_that_fills_up_during_the_download(fake_pip, tmp_path):
    with pytest.raises(SystemExit) as stopped:
        fake_pip("sys.exit('ERROR: OSError: [Errno 28] No space left on device')")
    assert sentence(stopped).startswith("The disk is full: free about 3.0 GB")
    assert not (tmp_path / "venv" / ".installed").exists()


def test_too_little_space_is_seen_before_anything_is_made(setup, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")(10, 10, setup.INSTALL_SPACE - 1)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(SystemExit) as stopped:
        setup.main(["install", str(tmp_path / "venv"), "requirements.txt"])
    assert sentence(stopped).startswith("The disk is full")
    assert not (tmp_path / "venv").exists()


def test_a_disk_that_fills_up_during_the_build(setup, tmp_path, monkeypatch):
    build = [
        sys.executable,
        "-c",
        "raise SystemExit('[Errno 28] No space left on device')",
    ]
    monkeypatch.setattr(shutil, "which", lambda name, path: build[0])
    with pytest.raises(SystemExit) as stopped:
        setup.main(["run", "jupyter-book", *build[1:]])
    assert sentence(stopped).startswith("The disk is full")


def test_a_command_keeps_its_exit_status(setup, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name, path: sys.executable)
    assert setup.main(["run", "python", "-c", "raise SystemExit(3)"]) == 3


def test_a_python_without_the_venv_module(setup, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit) as stopped:
        setup.main(["install", str(tmp_path / "venv"), "requirements.txt"])
    assert sentence(stopped).startswith("This Python cannot make virtual environments")
    assert not (tmp_path / "venv").exists()


def test_an_environment_that_cannot_be_made_leaves_nothing(
    setup, tmp_path, monkeypatch
):
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/sh\nmkdir -p $4\necho 'ensurepip is not available'\nexit 1\n"
    )
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    if os.name == "nt":
        pytest.skip("the stand-in for Python is a shell script")
    with pytest.raises(SystemExit) as stopped:
        setup.main(["install", str(tmp_path / "venv"), "requirements.txt"])
    assert sentence(stopped).endswith("ensurepip is not available")
    assert not (tmp_path / "venv").exists()


def test_a_folder_in_the_place_of_the_environment_is_left_alone(setup, tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(SystemExit) as stopped:
        setup.main(["install", str(tmp_path), "requirements.txt"])
    assert "is no virtual environment" in sentence(stopped)
    assert (tmp_path / "thesis.tex").exists()


def test_an_old_python(setup, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 8, 10))
    with pytest.raises(SystemExit) as stopped:
        setup.main(["install", ".venv", "requirements.txt"])
    assert "too old: the course needs 3.11 or newer" in sentence(stopped)


@pytest.mark.skipif(os.name == "nt", reason="the shims are shell scripts")
def test_make_passes_over_a_python_that_fails_and_says_when_there_is_none(tmp_path):
    tools = {name: shutil.which(name) for name in ("make", "sh", "find", "awk")}
    for name, path in tools.items():
        (tmp_path / name).symlink_to(path)
    for name in ("python3", "python3.11", "python"):
        (tmp_path / name).write_text(
            f"#!/bin/sh\necho 'pyenv: {name}: no such command'\nexit 127\n"
        )
        (tmp_path / name).chmod(0o755)
    environment = {"PATH": str(tmp_path)}
    install = [
        *MAKE,
        "VENV=.venv-newest",
        "--dry-run",
        "--always-make",
        ".venv-newest/.installed",
    ]
    none = subprocess.run(install, env=environment, capture_output=True, text=True)
    assert none.returncode == 2
    assert "No Python 3.11 or newer was found: install one" in none.stderr
    (tmp_path / "python3.12").symlink_to(sys.executable)
    one = subprocess.run(install, env=environment, capture_output=True, text=True)
    assert one.stdout.startswith(
        "python3.12 code/setup_environment.py install .venv-newest"
    )


@pytest.fixture
def site(tmp_path):
    """A small site and the function that serves it at a port."""
    (tmp_path / "index.html").write_text("<p>ಕನ್ನಡ</p>", encoding="utf-8")
    (tmp_path / "player.js").write_text("")
    servers = []

    def start(port: int) -> serve.Server:
        servers.append(serve.make_server(tmp_path, port))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return servers[-1]

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_a_taken_port_gives_way_to_a_free_one(site):
    with socket.create_server((serve.HOST, 0)) as taken:
        server = site(taken.getsockname()[1])
        assert server.server_port != taken.getsockname()[1]
        with urllib.request.urlopen(
            f"http://{serve.HOST}:{server.server_port}/"
        ) as page:
            assert page.headers["Content-Type"] == "text/html; charset=utf-8"
            assert "ಕನ್ನಡ" in page.read().decode()


def test_a_script_is_served_as_one_and_is_not_kept_by_the_browser(site):
    with urllib.request.urlopen(
        f"http://{serve.HOST}:{site(0).server_port}/player.js"
    ) as script:
        assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
        assert script.headers["Cache-Control"] == "no-cache"


def test_serving_says_the_address_and_ends_cleanly(monkeypatch, capsys, tmp_path):
    def stopped_at_once(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(serve.Server, "serve_forever", stopped_at_once)
    with socket.create_server((serve.HOST, 0)) as taken:
        monkeypatch.setattr(serve, "PORT", taken.getsockname()[1])
        serve.main(str(tmp_path))
        said = capsys.readouterr().out
        assert f"Port {serve.PORT} is taken" in said and "http://127.0.0.1:" in said


def pins(name: str) -> dict[str, str]:
    """The exact pins of a file of requirements that hold on this machine."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = [Requirement(line) for line in lines if line and line[0] not in "#- "]
    return {
        canonicalize_name(pin.name): str(pin.specifier).removeprefix("==")
        for pin in found
        if pin.marker is None or pin.marker.evaluate()
    }


def test_all_that_is_installed_for_the_course_has_the_pinned_version():
    requirements, constraints = pins("requirements.txt"), pins("constraints.txt")
    due, seen = (
        [Requirement("inside-the-decoder"), *map(Requirement, requirements)],
        set(),
    )
    while due:
        wanted = due.pop()
        for extra in wanted.extras or {""}:
            name = canonicalize_name(wanted.name)
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            for line in importlib.metadata.requires(name) or []:
                needed = Requirement(line)
                if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                    due.append(needed)
    names = {name for name, _ in seen} - {"inside-the-decoder"}
    installed = {name: importlib.metadata.version(name).split("+")[0] for name in names}
    assert installed == {name: constraints.get(name) for name in names}
    assert requirements.items() <= installed.items()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-colab.txt"])
def test_every_requirement_is_an_exact_pin_and_the_lock_comes_first(name):
    lines = [
        line
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    lock = name.replace("requirements", "constraints")
    assert lines[:2] == [f"-c {lock}", "-e ./code"]
    constraints = pins(lock)
    for line in lines[2:]:
        pin = Requirement(line)
        assert f"{pin.name}=={constraints[canonicalize_name(pin.name)]}" == line


def test_all_that_the_code_imports_is_required_by_name():
    distributions, required = (
        importlib.metadata.packages_distributions(),
        pins("requirements.txt"),
    )
    imported = set()
    for path in (ROOT / "code").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.split(".")[0])
    ours = {
        "tinydecoder",
        "decoderbook",
        *(path.stem for path in Path(__file__).parent.glob("*.py")),
    }
    imported -= ours | set(sys.stdlib_module_names)
    missing = {
        name
        for name in imported
        if not {canonicalize_name(known) for known in distributions.get(name, [])}
        & required.keys()
    }
    assert imported and missing == set()
