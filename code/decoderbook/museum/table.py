"""The whole museum at once: every exhibit before every detector."""

import math
from textwrap import fill, indent

import torch

from decoderbook.checkup import report
from decoderbook.checkup.adapters import tinydecoder_model
from decoderbook.checkup.detectors import DETECTORS
from decoderbook.checkup.finding import BROKEN, Detector, Finding
from decoderbook.museum.catalogue import EXHIBITS, ROOMS, label
from decoderbook.museum.detectors import VOCAB_SIZE
from decoderbook.museum.exhibit import CONFIG
from decoderbook.museum.own import OWN
from tinydecoder import model
from tinydecoder.config import ModelConfig

ALL: tuple[Detector, ...] = (*DETECTORS, *OWN)


def examine(
    config: ModelConfig = CONFIG, detectors: tuple[Detector, ...] = ALL, seed: int = 0
) -> dict[str, Finding]:
    """What each detector says of the package as it is now, by the detector's name."""
    torch.manual_seed(seed)
    subject = tinydecoder_model(model.Transformer(config, VOCAB_SIZE, VOCAB_SIZE + 2))
    asked = tuple(detector for detector in detectors if detector not in OWN)
    # Without a limit of time: what is found must not depend on the machine.
    found = report.examine(subject, seed, math.inf, detectors=asked).findings
    with torch.random.fork_rng():  # ours seed it themselves, and look at no subject
        own = [detector(None) for detector in detectors if detector in OWN]
    return {finding.detector: finding for finding in [*found, *own]}


TITLES = {detector.name: detector.title for detector in ALL}
# The columns of the picture, each with its detectors: some that lie close share one.
CHECK_UP = (
    ("causal-outputs", "causal-gradients", "prefix"),
    ("source-padding", "target-padding"),
    ("lengths",),
    ("batch-company", "batch-order"),
    ("target-order", "source-order"),
    ("source-used",),
    ("equal-to-torch",),
    ("cache",),
    ("loss-at-start", "raw-logits", "gradient-reaches"),
    ("deterministic",),
    ("finite",),
    ("follows-weights",),
)
MUSEUM = tuple((detector.name,) for detector in OWN)


def _column(names: tuple[str, ...]) -> str:
    """A column as the picture names it: by the titles of its detectors."""
    return " · ".join(TITLES[name] for name in names)


COLUMNS = {_column(names): names for names in (*CHECK_UP, *MUSEUM)}
GROUPS = {
    "Check-up": tuple(map(_column, CHECK_UP)),
    "Museum": tuple(map(_column, MUSEUM)),
}
RIGHT = "the right model"


def survey(seed: int = 0) -> dict[str, list[str]]:
    """By exhibit, the detectors that find something; the right model comes first."""
    found = {RIGHT: _broken(examine(seed=seed))}
    for slug, exhibit in EXHIBITS.items():
        with exhibit.installed():
            found[slug] = _broken(examine(exhibit.config, seed=seed))
    return found


def _broken(findings: dict[str, Finding]) -> list[str]:
    return [name for name, finding in findings.items() if finding.verdict == BROKEN]


def in_columns(found: dict[str, list[str]]) -> dict[str, list[str]]:
    """The same by the labels of the picture's rows and columns."""
    return {
        slug if slug == RIGHT else label(slug): [
            column for column, names in COLUMNS.items() if {*names} & {*hits}
        ]
        for slug, hits in found.items()
    }


def named_cells() -> list[tuple[str, str]]:
    """The cell of each exhibit's own detector: the one that the page names."""
    return [
        (label(slug), column)
        for slug, exhibit in EXHIBITS.items()
        for column, names in COLUMNS.items()
        if exhibit.detector in names
    ]


def measured(room: str) -> str:
    """What each exhibit's own detector says in this room, one line for each."""
    lines = []
    for exhibit in ROOMS[room]:
        (detector,) = (d for d in ALL if d.name == exhibit.detector)
        with exhibit.installed():
            finding = examine(exhibit.config, (detector,))[detector.name]
        said = f"{label(exhibit.slug)}: {finding.sign} {finding.title}"
        lines += [said, indent(fill(finding.measured, 76), "    ")]
    return "\n".join(lines)
