"""What a child is told to do, and its limits."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """What one notebook may take; seconds are of the clock, megabytes of memory come on top of torch's."""

    cell: float = 20.0  # seconds for one cell
    exercise: float = 10.0  # seconds for an answer with one seed
    silence: float = 60.0  # seconds without a message, after which a child is ended
    start: float = (
        300.0  # seconds until a child is ready, before it runs anything of a student's
    )
    total: float = 200.0  # seconds for the rest
    memory: int = 1024
    file: int = 32  # megabytes in one file
    processes: int = 64  # threads count, too
    messages: int = 16  # megabytes that a child may send


@dataclass(frozen=True)
class Layers:
    """The layers between a student's code and the rest; only `attacks` ever leaves one out."""

    namespaces: bool = True
    limits: bool = True
    landlock: bool = True
    hook: bool = True
    facade: bool = True
    caps: bool = True
    alarm: bool = True
    veil: bool = True


@dataclass(frozen=True)
class Task:
    """One exercise for a child: whose names to take, what to run first, where its cells are."""

    slug: str
    names: tuple[str, ...]
    given: str
    is_data: bool  # the answer itself is sent, and no case is put
    cells: tuple[int, ...] = ()  # after which the names are taken


@dataclass(frozen=True)
class Job:
    """All that a child gets. There is no right value in it, nor where one lies."""

    cells: tuple[str, ...]
    tasks: tuple[Task, ...]
    payload: bytes  # the cases' questions, and what puts them
    given: dict[
        str, tuple[str, ...]
    ]  # modules of tinydecoder, and the names that may be used
    packages: tuple[str, ...]  # folders of installed packages
    course: str  # the folder of tinydecoder, closed before the notebook begins
    limits: Limits = field(default_factory=Limits)
    layers: Layers = field(default_factory=Layers)
    skip_cells: tuple[int, ...] = ()
    skip_tasks: tuple[str, ...] = ()
