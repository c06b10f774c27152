"""Results as text for a terminal: an evaluation, the attention of one sentence."""

from tinydecoder.checkpoint import Translator
from tinydecoder.evaluation.held_out import Evaluation
from tinydecoder.translation import Translation, read_attention

POSITIONS = 12  # that a table shows one by one


def evaluation_table(evaluation: Evaluation) -> str:
    """The evaluation as a table for people."""
    lines = [str(score) for score in evaluation.scores]
    if evaluation.positions:
        lines += ["", "right tokens at position    of  gold prefix  own prefix"]
    first, rest = evaluation.positions[:POSITIONS], evaluation.positions[POSITIONS:]
    rows = [(str(place.position), [place]) for place in first]
    rows += [(f"{POSITIONS} and later", rest)] if rest else []
    for name, places in rows:
        total = sum(place.total for place in places)
        forced = sum(place.teacher_forced_right for place in places) / total
        free = sum(place.free_running_right for place in places) / total
        lines.append(f"{name:>24}{total:6}{100 * forced:11.1f} %{100 * free:10.1f} %")
    if evaluation.heads:
        lines += [
            "",
            "cross-attention against gold  stems    all morphemes  error rate",
        ]
    for (layer, head), scores in evaluation.heads.items():
        lines.append(
            f"layer {layer}, head {head}{scores.stems.value:21.1f} %"
            f"{scores.morphemes.value:13.1f} %{scores.error_rate:12.3f}"
        )
    return "\n".join(lines)


def attention_table(translator: Translator, text: str, translation: Translation) -> str:
    """Cross-attention, a row for each token written, a column for each source token.

    The weights are those of the head that aligns best, or the last layer's mean where
    none is known. Row labels stand last: Kannada letters have no even width.
    """
    read = read_attention(translator, text, translation)
    chosen, title = read.weights[-1].mean(dim=0), "mean over the last layer's heads"
    if known := translator.made.get("alignment head"):
        layer, head = map(int, known.split(","))
        chosen, title = read.weights[layer, head], f"layer {layer}, head {head}"
    widths = [max(4, len(key)) for key in read.keys]
    header = "  ".join(f"{k:>{w}}" for k, w in zip(read.keys, widths, strict=True))
    lines = [
        f"cross-attention, {title}; each row predicts the token at its end",
        header,
    ]
    for row, label in zip(chosen.tolist(), read.queries, strict=True):
        numbers = zip(row, widths, strict=True)
        lines.append("  ".join(f"{x:{w}.2f}" for x, w in numbers) + f"  {label}")
    return "\n".join(lines)
