"""The museum's own detectors, of the same kind as those of the check-up.

None compares two runs of a subject, so each also says something of a model that answers
differently every time.
"""

from decoderbook.checkup.finding import Detector, Place
from decoderbook.museum import detectors

OWN = (
    Detector(
        "labels",
        "What the loss asks for",
        detectors.labels,
        0.0,
        "Every row is asked for the token after the one that it reads, and for PAD never.",
        "A row is asked for something else than the token that comes next.",
        Place("10-training", "From a sentence pair to two sequences"),
        compares=False,
    ),
    Detector(
        "weighing",
        "Every token counts alike",
        detectors.weighing,
        1.001,
        "Every token has the same part in the loss.",
        "One token counts more in the loss than another.",
        Place("10-training", "The loss, by hand"),
        compares=False,
    ),
    Detector(
        "shares",
        "Weights are shares",
        detectors.shares,
        1e-5,
        "Each row of the weights that are shown sums to one, in training too.",
        "What is shown as attention is no longer a share of one.",
        Place("05-queries-keys-values", "Softmax: shares from any numbers"),
        compares=False,
    ),
    Detector(
        "own-weights",
        "Every layer has weights of its own",
        detectors.own_weights,
        0.0,
        "The layers have N times the weights of one.",
        "The same layer stands in the stack more than once.",
        Place("09-decoder-layer", "N layers"),
        compares=False,
    ),
    Detector(
        "turning",
        "A shift is a turn",
        detectors.turning,
        1e-9,
        "A step of three positions is the same turn everywhere.",
        "The encoding of a distance depends on where it is measured.",
        Place("03-positional-encoding", "Offsets are rotations"),
        compares=False,
    ),
    Detector(
        "loudness",
        "Token and position are equally loud",
        detectors.loudness,
        4.0,
        "Neither the token nor its position drowns the other.",
        "One of the two drowns the other.",
        Place("03-positional-encoding", "Which of the two is louder?"),
        compares=False,
    ),
    Detector(
        "half",
        "16 bits",
        detectors.half,
        0.0,
        "In float16 all logits are numbers.",
        "It does not run in float16.",
        Place("06-masked-self-attention", "A row that may look at nothing"),
        compares=False,
    ),
    Detector(
        "words-only",
        "Only words are written",
        detectors.words_only,
        0.0,
        "Neither PAD nor START is ever written.",
        "It writes a token that is no word; the next step cannot read it.",
        Place("11-inference", "Why PAD and START are impossible"),
        compares=False,
    ),
    Detector(
        "letters",
        "One script",
        detectors.letters,
        0.0,
        "The alphabet is of one script, and whole.",
        "The alphabet has letters of another script, or lacks some of its own.",
        Place("02-tokens-and-batches", "Characters that are not seen: ZWNJ and ZWJ"),
        compares=False,
    ),
)
