"""Install the environment, or run one of its commands; what goes wrong gets one plain sentence.

The Makefile calls it before anything is installed, so it needs nothing but the standard library:

    python code/setup_environment.py install .venv requirements.txt
    .venv/bin/python code/setup_environment.py run jupyter-book build .
"""

import errno
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
GB = 1024**3
# With the CPU build of torch an environment takes 1.7 GB, and pip needs room to unpack.
INSTALL_SPACE = 3 * GB
RUN_SPACE = GB // 4
MARK = ".installed"
FIRST_TIME = "about two minutes on two cores with a fast connection"

FULL = re.compile(
    r"No space left on device|not enough space on the disk|Errno 28\b|WinError 112\b"
)
DISK_FULL = "The disk is full: free about {gb} GB, then run the same command again."
NEWS = ("Collecting ", "Downloading ", "Building ", "Installing ", "Obtaining ")


def stop(sentence: str) -> None:
    """End with one sentence on stderr and exit status 1."""
    raise SystemExit(f"\n{sentence}")


def disk_full(space: int) -> str:
    """The sentence for a full disk, when about `space` bytes are needed."""
    return DISK_FULL.format(gb=round(space / GB, 1))


def check_space(folder: Path, space: int) -> None:
    """Stop when fewer than `space` bytes are free where `folder` lies."""
    if shutil.disk_usage(folder).free < space:
        stop(disk_full(space))


def interpreter(venv: Path) -> Path:
    """The Python of a virtual environment, on any platform."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def answers(python: Path) -> bool:
    """Whether this Python runs, is new enough and has pip."""
    question = f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"
    try:
        return (
            subprocess.run([python, "-c", question], capture_output=True).returncode
            == 0
        )
    except OSError:
        return False


def create(venv: Path) -> Path:
    """Make the virtual environment unless a working one is there, and return its Python."""
    python = interpreter(venv)
    if answers(python):
        return python
    if venv.exists() and any(venv.iterdir()) and not (venv / "pyvenv.cfg").exists():
        stop(
            f"{venv} is in the way and is no virtual environment: move it, then try again."
        )
    if importlib.util.find_spec("ensurepip") is None:
        stop(
            "This Python cannot make virtual environments: install its venv module "
            f"(on Debian and Ubuntu: apt install python3.{sys.version_info.minor}-venv)."
        )
    print(f"Making the environment {venv}, only this once: {FIRST_TIME}", flush=True)
    command = [sys.executable, "-m", "venv", "--clear", venv]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode:
        shutil.rmtree(venv, ignore_errors=True)
        said = made.stdout + made.stderr
        if FULL.search(said):
            stop(disk_full(INSTALL_SPACE))
        stop(f"No environment could be made in {venv}: {last(said)}")
    return python


def last(said: str) -> str:
    """The last line that says something, for a message."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    errors = [
        line
        for line in lines
        if line.startswith("ERROR:") and line != "ERROR: Exception:"
    ]
    return (errors or lines or ["it said nothing"])[-1]


def watch(command: list, quiet: bool) -> tuple:
    """Run a command and return (status, output), which is shown as it comes; quiet: pip's news."""
    said = []
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        for line in process.stdout:
            said.append(line)
            if not quiet:
                print(line, end="", flush=True)
            elif line.lstrip().startswith(NEWS):
                print(line.split(" (from")[0][:100].rstrip(), flush=True)
    return process.returncode, "".join(said)


def pip(python: Path, *arguments: str) -> None:
    """Run pip's install command, or stop with the reason why it failed."""
    command = [python, "-m", "pip", "install", "--progress-bar", "off", *arguments]
    status, said = watch(command, quiet=True)
    if status and FULL.search(said):
        stop(disk_full(INSTALL_SPACE))
    if status:
        stop(
            "Not everything could be downloaded: check the connection and run the same command "
            f"again, which goes on where this one stopped. (pip says: {last(said)})"
        )


def install(venv: Path, requirements: Path) -> None:
    """Bring an environment to what a file of requirements asks; mark it when all is there."""
    mark = venv / MARK
    mark.unlink(missing_ok=True)
    if not answers(interpreter(venv)):
        check_space(venv.parent, INSTALL_SPACE)
    python = create(venv)
    # torch goes first and alone, so that pip takes the CPU build where it is configured to see one.
    torch = re.search(
        r"^torch==\S+", requirements.read_text(encoding="utf-8"), re.MULTILINE
    )
    if torch:
        pip(python, torch[0])
    pip(python, "--requirement", str(requirements))
    mark.touch()


def run(name: str, *arguments: str) -> int:
    """Run a command of this environment and return its status; a full disk gets its sentence."""
    check_space(Path.cwd(), RUN_SPACE)
    command = shutil.which(name, path=str(Path(sys.executable).parent))
    if command is None:
        stop(
            f"{name} is missing from the environment: run `make clean`, then try again."
        )
    status, said = watch([command, *arguments], quiet=False)
    if status and FULL.search(said):
        stop(disk_full(RUN_SPACE))
    return status


def main(arguments: list) -> int:
    """Do what the command line asks; no failure of the machine shows a traceback."""
    if sys.version_info < OLDEST:
        stop(
            f"Python {sys.version.split()[0]} is too old: the course needs 3.11 or newer."
        )
    task, *rest = arguments
    try:
        if task == "install":
            venv, requirements = rest
            return install(Path(venv), Path(requirements)) or 0
        return run(*rest)
    except KeyboardInterrupt:
        stop("Stopped. Run the same command again to go on.")
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        stop(disk_full(INSTALL_SPACE))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
