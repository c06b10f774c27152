"""What a notebook finds around it in Jupyter, as far as answers need it: magics, `display`, and `await`."""

from __future__ import annotations

import ast
import asyncio
import inspect
import linecache
import re
from collections.abc import Callable
from typing import Any

RUN_BODY = ("time", "capture", "prun")  # cell magics that run what stands below them
RUN_LINE = ("time",)
MAGIC = re.compile(r"^[%!].*$", re.MULTILINE)  # one more, which does nothing here
SILENT = ("display", "help", "copyright", "credits", "license")


class Jupyter:
    """What runs a notebook's code. Its loop is made with it, while a socket may still be had."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()

    def run(self, file: str, code: str, space: dict[str, Any]) -> None:
        """Run code as Jupyter does: `await` may stand outside of a function."""
        linecache.cache[file] = (len(code), None, code.splitlines(True), file)
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        made = compile(code, file, "exec", flags, dont_inherit=True)
        waiting = eval(made, space)
        if inspect.iscoroutine(waiting):
            self.loop.run_until_complete(waiting)

    def names(self, run: Callable[[str], None]) -> dict[str, Any]:
        """What Jupyter, and Python's start-up files, define for every notebook."""
        shell = Shell(run)
        return {
            "get_ipython": lambda: shell,
            **dict.fromkeys(SILENT, _nothing),
            **dict.fromkeys(("exit", "quit"), _leave),
        }


class Shell:
    """Stands for IPython: some magics run Python below or beside them, all others do nothing."""

    def __init__(self, run: Callable[[str], None]) -> None:
        self._run = run

    def run_cell_magic(self, name: str, line: str, body: str) -> None:
        """Run what stands below a magic that does."""
        if name in RUN_BODY:
            self._run(MAGIC.sub("pass", body))

    def run_line_magic(self, name: str, line: str, *_: Any, **__: Any) -> None:
        """Run what stands beside a magic that does."""
        if name in RUN_LINE:
            self._run(line)

    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def _nothing(*_: Any, **__: Any) -> None:
    """Show nothing: nobody looks."""


def _leave(*_: Any, **__: Any) -> None:
    raise SystemExit
