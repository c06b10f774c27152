import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinydecoder.text.parallel import (
    Filter,
    Pair,
    clean_pairs,
    normalise,
    read_aligned,
    read_tsv,
    script_share,
)

ZWNJ = "\u200c"
GOOD = Pair("I am going home.", "ನಾನು ಮನೆಗೆ ಹೋಗುತ್ತಿದ್ದೇನೆ.")


def written(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


# Reading


def test_a_tsv_gives_its_first_two_columns(tmp_path):
    text = f"\ufeffgo\tಹೋಗು\tsome licence\r\n\nsoftware\tಸಾಫ್ಟ್{ZWNJ}ವೇರ್\n"
    assert read_tsv(written(tmp_path / "pairs.tsv", text)) == [
        Pair("go", "ಹೋಗು"),
        Pair("software", f"ಸಾಫ್ಟ್{ZWNJ}ವೇರ್"),
    ]


lines = st.lists(st.text(alphabet="aಕ್ \u2028\x0b\u200c"), min_size=1)


@given(sides=lines.flatmap(lambda s: st.tuples(st.just(s), st.permutations(s))))
def test_aligned_files_meet_line_by_line(sides, tmp_path_factory):
    """Only a line feed ends a line, as in every tool that counts lines."""
    folder = tmp_path_factory.mktemp("aligned")
    paths = [folder / "source", folder / "target"]
    for path, side in zip(paths, sides, strict=True):
        written(path, "".join(f"{line}\n" for line in ["first", *side]))
    expected = [Pair("first", "first"), *map(Pair, *sides)]
    assert read_aligned(*paths) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a\tb\nno tab here\n", r"pairs\.tsv, line 2: .* tab, got 'no tab here'"),
        (b"a\tb\n\nc\t\xe0\xb2\n", r"pairs\.tsv, line 3: .* UTF-8, got the byte 0xE0"),
        (b"\xef\xbb\xbfa\tb\n\xff\tc", r"line 2: .* got the byte 0xFF"),
        ("go\tಹೋಗು\n".encode("utf-16"), r"line 1: .* UTF-8"),
        ("", r"pairs\.tsv: .* at least one line"),
        (" \n\n", "at least one line"),
    ],
)
def test_a_bad_file_is_refused_with_the_line(text, says, tmp_path):
    with pytest.raises(ValueError, match=says):
        read_tsv(written(tmp_path / "pairs.tsv", text))


def test_unequal_lengths_are_named(tmp_path):
    source = written(tmp_path / "a.en", "one\ntwo\n")
    target = written(tmp_path / "a.kn", "ಒಂದು\n")
    with pytest.raises(ValueError, match=r"a\.en has 2, .*a\.kn has 1"):
        read_aligned(source, target)


def test_a_missing_file_is_named(tmp_path):
    there = written(tmp_path / "a.en", "one\n")
    for read in (read_tsv, lambda path: read_aligned(there, path)):
        with pytest.raises(FileNotFoundError, match=r"none\.kn"):
            read(tmp_path / "none.kn")


# Cleaning


def test_normalising_composes_and_keeps_the_joiners():
    apart = "ಕ\u0cc6\u0cc2ಡು"  # the vowel sign as two code points
    assert normalise(f"  {apart}\t\u00a0ಸಾಫ್ಟ್{ZWNJ}ವೇರ್ \n") == f"ಕೊಡು ಸಾಫ್ಟ್{ZWNJ}ವೇರ್"


@given(text=st.text())
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (("go", " \t"), "empty side"),
        (("", "ಹೋಗು"), "empty side"),
        (("a" * 51, "ಕ" * 51), "too long"),
        (("go", "ಕ" * 7), "length ratio"),
        (("ಕ" * 7, "go"), "length ratio"),
        (("I am", "Main hoon ಕ"), "wrong script"),
        (("1 2 3", "1 2 3"), "wrong script"),
        ((" I am  going home. ", GOOD.target + "\n"), "duplicate"),
    ],
)
def test_a_dropped_pair_is_counted_with_its_reason_and_shown(pair, reason):
    keep = Filter(max_length=50, script="KANNADA")
    kept, report = clean_pairs([GOOD, pair, pair], keep)
    assert kept == [GOOD]
    assert report.kept == 1
    assert report.dropped == {reason: 2}
    assert report.examples == {reason: Pair(*pair)}
    assert f"dropped: {reason}" in str(report)


def test_pairs_at_the_limits_are_kept():
    at_limits = [("a" * 50, "ಕ" * 50), ("go", "ಕ" * 6), ("tv on", "ಕಕtv")]
    kept, report = clean_pairs(at_limits, Filter(max_length=50, script="KANNADA"))
    assert kept == at_limits
    assert report.dropped == {}


def test_two_translations_of_one_sentence_are_two_pairs():
    pairs = [("go", "ಹೋಗು"), ("go", "ಹೋಗಿ")]
    assert clean_pairs(pairs)[0] == pairs


sides = st.text(alphabet="ab ಕ್ಷ\u200c\n", max_size=12)


@given(pairs=st.lists(st.tuples(sides, sides)))
def test_every_pair_is_kept_or_counted_and_cleaning_twice_changes_nothing(pairs):
    keep = Filter(max_length=8, script="KANNADA")
    kept, report = clean_pairs(pairs, keep)
    assert report.kept == len(kept) == len(set(kept))
    assert report.kept + sum(report.dropped.values()) == len(pairs)
    assert report.dropped.keys() == report.examples.keys()
    assert all(keep.reason(pair) is None for pair in kept)
    again, nothing = clean_pairs(kept, keep)
    assert (again, nothing.dropped) == (kept, {})


def test_the_report_is_a_table():
    pairs = [GOOD, ("go", ""), GOOD, ("x", "a very long translation of one letter")]
    assert str(clean_pairs(pairs)[1]).splitlines() == [
        "read                            4",
        "kept                            1",
        "dropped: empty side             1  'go' → ''",
        "dropped: duplicate              1  'I am going home.' → 'ನಾನು ಮನೆಗೆ ಹೋಗುತ್ತಿದ್ದೇನೆ.'",
        "dropped: length ratio           1  'x' → 'a very long translation of on…'",
    ]


def test_the_share_of_a_script_counts_letters_and_marks():
    assert script_share(f"ಸಾಫ್ಟ್{ZWNJ}ವೇರ್ 20!", "KANNADA") == 1
    assert script_share("ಕa", "KANNADA") == 0.5
    assert script_share("12", "KANNADA") == 0


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"max_length": 0}, "max_length must be at least 1, got 0"),
        ({"max_ratio": 0.5}, "max_ratio must be at least 1, got 0.5"),
        ({"min_share": 1.5}, "min_share must be from 0 to 1, got 1.5"),
    ],
)
def test_a_wrong_limit_is_named(wrong, says):
    with pytest.raises(ValueError, match=says):
        Filter(**wrong)
