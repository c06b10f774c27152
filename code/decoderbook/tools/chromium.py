"""Find a Chromium for the stills of the figures and for the browser tests, or install one.

python -m decoderbook.tools.chromium --install
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
MAC_APPS = ("Chromium", "Google Chrome", "Microsoft Edge")
WINDOWS_APPS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
ADVICE = (
    "No Chromium was found and none could be installed; install Chromium, Chrome or Edge, "
    "or set CHROMIUM to the path of its executable."
)
# A browser that talks to nobody and needs neither a screen nor the kernel's sandbox.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _from_playwright() -> Path | None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = Path(playwright.chromium.executable_path)
    return path if path.is_file() else None


def find_chromium() -> Path:
    """Return the path of a Chromium, Chrome or Edge.

    Looked for in this order: the variable CHROMIUM, the names on PATH, the usual places on macOS and Windows,
    Playwright's own download. Raises FileNotFoundError that says what to do.
    """
    if given := os.environ.get("CHROMIUM"):
        if not Path(given).is_file():
            raise FileNotFoundError(f"CHROMIUM is {given!r}, which is not a file.")
        return Path(given)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    usual = []
    for root in (Path("/Applications"), Path.home() / "Applications"):
        usual += [root / f"{app}.app" / "Contents" / "MacOS" / app for app in MAC_APPS]
    for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
        if root := os.environ.get(variable):
            usual += [Path(root, app) for app in WINDOWS_APPS]
    for path in usual:
        if path.is_file():
            return path
    if path := _from_playwright():
        return path
    raise FileNotFoundError(ADVICE)


def install() -> None:
    """Install a Chromium by the first way that works; `find_chromium` tells whether one did."""
    ways = [[sys.executable, "-m", "playwright", "install", "chromium"]]
    if shutil.which("apt-get"):
        # geteuid does not exist on Windows, which has no apt-get either
        prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
        apt = [
            [*prefix, "apt-get", *rest]
            for rest in (["update", "-q"], ["install", "-qy", "chromium"])
        ]
        # Debian's package is a browser with all it needs; Ubuntu's only points to a snap.
        ways = (
            [*apt, *ways]
            if platform.freedesktop_os_release().get("ID") == "debian"
            else [*ways, *apt]
        )
    for way in ways:
        try:
            subprocess.run(way, check=False, timeout=600)
            find_chromium()
        except (OSError, subprocess.TimeoutExpired):
            continue
        return


def main() -> int:
    """Print the path of a Chromium, installed first when that is asked for and needed."""
    try:
        path = find_chromium()
    except FileNotFoundError as error:
        if "--install" not in sys.argv[1:]:
            print(error, file=sys.stderr)
            return 1
        install()
        try:
            path = find_chromium()
        except FileNotFoundError as error:
            print(error, file=sys.stderr)
            return 1
    print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
