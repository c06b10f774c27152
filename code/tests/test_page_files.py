"""What the page downloads: refused where it is not whole, and written only as it can be read."""

from __future__ import annotations

import copy
import json
import random
import re
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
import torch
from decoder_page import SCRIPTS, decoder_page, pretrained
from playwright.sync_api import Browser, Page
from tiny_translator import untrained

from decoderbook.page_model.__main__ import (
    FRONT_PAGE,
    MAX_BYTES,
    RUNS,
    STILL,
    WEIGHTS,
    main,
)
from decoderbook.page_model.recording import record_run
from decoderbook.page_model.weights import checksum, page_weights, sentences
from tinydecoder.checkpoint import Translator
from tinydecoder.config import ModelConfig
from tinydecoder.text.tokenizer import END, PAD, START, CharacterTokenizer
from tinydecoder.translation import read_attention, translate


@pytest.fixture(scope="module")
def whole() -> bytes:
    """A small file of weights, whole."""
    return page_weights(untrained())


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {}


@pytest.fixture(scope="module")
def page(browser: Browser, files: dict[str, bytes]) -> Iterator[Page]:
    with decoder_page(browser, files) as page:
        yield page


# What becomes of each file: "read", what a WeightsError says, or the name of another error.
TRY = """
async (names) => {
  const { openWeights } = await import("/loader.js");
  return Promise.all(names.map(async (name) => {
    const buffer = await (await fetch(name)).arrayBuffer();
    try {
      const { model } = openWeights(buffer), source = model.encode([5, 6, END]);
      model.read(model.begin(source), [START, 7]);
      return "read";
    } catch (error) {
      return error instanceof WeightsError ? `refused: ${error.message}` : `${error.name}: ${error.message}`;
    }
  }));
}
"""
ENGINES_OWN = (
    r"undefined|null|DataView|bounds|array length|JSON|token [^a-z]|offset|header"
)


def _tried(page: Page, files: dict[str, bytes], broken: list[bytes]) -> list[str]:
    names = [f"try{i}" for i in range(len(broken))]
    files.update(zip(names, broken, strict=True))
    return page.evaluate(TRY, names)


def _refused(page: Page, files: dict[str, bytes], broken: list[bytes]) -> list[str]:
    """What is said of each: one plain sentence, nothing of the browser's own."""
    found = _tried(page, files, broken)
    for i, said in enumerate(found):
        assert re.fullmatch(r"refused: [A-Z][^\n]{20,150}\.", said), (i, said)
        assert not re.search(ENGINES_OWN, said), (i, said)
    return found


def _header(whole: bytes) -> tuple[dict, bytes]:
    length = int.from_bytes(whole[:8], "little")
    return json.loads(whole[8 : 8 + length]), whole[8 + length :]


def _file(header: object, data: bytes) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def _rewritten(whole: bytes, change: Callable[[dict], object]) -> bytes:
    """The file with another document, whose sum is right."""
    header, data = _header(whole)
    document = json.loads(header["__metadata__"]["decoder"])
    del document["crc32"], document["sha256"]
    document = change(document)
    if isinstance(document, dict):
        document["crc32"] = checksum(document, whole)
    text = json.dumps(document, ensure_ascii=False)
    return _file(header | {"__metadata__": {"decoder": text}}, data)


def test_a_whole_file_is_read(page: Page, files, whole) -> None:
    empty = [b"", b"12345", b"\0" * 40, b"<!DOCTYPE html><title>Not here</title>"]
    assert _tried(page, files, [whole, _file(*_header(whole))]) == ["read", "read"]
    _refused(page, files, empty)


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("tied", [True, False])
def test_a_model_of_another_build_is_computed_too(
    page: Page, files, norm, tied
) -> None:
    config = ModelConfig(32, 4, 48, 3, norm=norm, tie_weights=tied)
    found = untrained(config)
    with torch.no_grad():  # norms and biases that do something
        for parameter in found.model.parameters():
            parameter += torch.randn_like(parameter) / 10
    files["other"] = page_weights(found, torch.float32)
    source, target = [[5, 9, 7, END, PAD]], [[START, 6, 8, 4, 12]]
    with torch.inference_mode():
        expected = found.model(torch.tensor(source), torch.tensor(target))[0]
    ours = page.evaluate(
        """async ([source, target]) => {
          const { tensors, metadata } = await file("other");
          const model = new Model(tensors, JSON.parse(metadata.decoder).config);
          return model.read(model.begin(model.encode(source)), target).logits.map((row) => [...row]);
        }""",
        [source[0], target[0]],
    )
    assert torch.allclose(torch.tensor(ours), expected, atol=1e-4)


def test_a_cut_or_longer_file_is_refused(page: Page, files, whole) -> None:
    rng = random.Random(8)
    header = int.from_bytes(whole[:8], "little")
    lengths = {0, 1, 7, 8, 9, header, 7 + header, 8 + header, 9 + header}
    lengths |= {len(whole) - 1, len(whole) - 2, *rng.choices(range(len(whole)), k=40)}
    cut = [whole[:length] for length in sorted(lengths)]
    _refused(page, files, [*cut, whole + b"\0", whole + whole, whole[8:]])


def test_what_is_no_file_of_weights_is_refused(page: Page, files, whole) -> None:
    rng = random.Random(9)
    noise = [rng.randbytes(rng.randint(1, 3000)) for _ in range(40)]
    texts = [b"<!DOCTYPE html><title>404</title>" * 50, b"{}", b"\0" * 8, b"\0" * 800]
    values = [
        None,
        5,
        "x",
        [],
        {},
        [[]],
        {"a": None},
        {"a": 5},
        {"a": {}},
        b"{",
        b"\xff",
    ]
    values += [{"__metadata__": {}}, {"a": {"dtype": "F16", "shape": "12"}}]
    _refused(page, files, noise + texts + [_file(v, b"") for v in values])


def test_a_changed_header_is_refused(page: Page, files, whole) -> None:
    header, data = _header(whole)
    name = "decoder.layers.0.cross_attention.key_projection"
    broken = []

    def change(entry: str, **parts: object) -> None:
        changed = copy.deepcopy(header)
        changed[entry] |= parts
        broken.append(_file(changed, data))

    weight, bias = header[f"{name}.weight"], header[f"{name}.bias"]
    begin, end = weight["data_offsets"]
    rows, columns = weight["shape"]
    for dtype in ("F32", "BF16", "I8", "", None, "f16"):
        change(f"{name}.weight", dtype=dtype)
    shapes = [[rows], [rows, columns + 1], [-rows, -columns], [rows * 2, columns // 2]]
    for shape in (
        *shapes,
        [rows, columns, 0],
        [],
        None,
        5,
        ["a", "b"],
        [0.5, 2 * rows],
    ):
        change(f"{name}.weight", shape=shape)
    for offsets in (
        *(
            [begin + 2, end + 2],
            [begin - 2, end - 2],
            [0, end - begin],
            [begin, end - 2],
        ),
        *([end, begin], [begin], [], None, 5, [-2, end], ["0", "8"], [begin, 10**18]),
    ):
        change(f"{name}.weight", data_offsets=offsets)
    change(f"{name}.bias", data_offsets=[n + 2 for n in bias["data_offsets"]])
    for lost in (f"{name}.weight", f"{name}.bias", "decoder.norm.weight"):
        renamed = {k if k != lost else "other": v for k, v in header.items()}
        without = {k: v for k, v in header.items() if k != lost}
        broken += [_file(renamed, data), _file(without, data)]
    _refused(page, files, broken)


def test_one_flipped_bit_is_refused(page: Page, files, whole) -> None:
    rng = random.Random(11)
    begin = whole.index(b"sha256") - 3  # a sum that the page leaves to Python
    places = [i for i in range(len(whole)) if not begin <= i < begin + 90]
    start = 8 + int.from_bytes(whole[:8], "little")
    chosen = rng.sample(places, 60) + rng.sample(range(start, len(whole)), 20)
    broken = []
    for place in [*chosen, start, len(whole) - 1]:
        changed = bytearray(whole)
        changed[place] ^= 1 << rng.randrange(8)
        broken.append(bytes(changed))
    _refused(page, files, broken)


def test_the_page_computes_the_sum_that_is_written(page: Page, files, whole) -> None:
    rng = random.Random(12)
    parts = [b"", b"a", b"123456789", rng.randbytes(3000), whole]
    files.update({f"part{i}": part for i, part in enumerate(parts)})
    ours = page.evaluate(
        """async (count) => {
          const { crc32 } = await import("/check.js");
          const bytes = async (i) => new Uint8Array(await (await fetch(`part${i}`)).arrayBuffer());
          const all = await Promise.all(Array.from({ length: count }, (_, i) => bytes(i)));
          return all.map((part) => [crc32(part), crc32(part, 77)]);
        }""",
        len(parts),
    )
    assert ours == [[zlib.crc32(part), zlib.crc32(part, 77)] for part in parts]
    spent = page.evaluate(
        """async () => {
          const { crc32 } = await import("/check.js"), bytes = new Uint8Array(1.5e6);
          const times = Array.from({ length: 5 }, () => {
            const start = performance.now();
            crc32(bytes);
            return performance.now() - start;
          });
          return Math.min(...times);
        }"""
    )
    assert spent < 40, "ms for all weights"


@pytest.mark.parametrize("number", [float("inf"), float("-inf"), float("nan")])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32])
def test_what_is_no_number_is_refused(
    page: Page, files, monkeypatch, number, dtype
) -> None:
    found = untrained()
    with torch.no_grad():
        found.model.encoder.norm.weight[3] = number
    monkeypatch.setattr("decoderbook.page_model.weights.check_finite", lambda _: None)
    (said,) = _refused(page, files, [page_weights(found, dtype)])
    assert "encoder.norm.weight has an entry that is no number" in said


def test_a_document_that_does_not_fit_is_refused(page: Page, files, whole) -> None:
    def without(name: str) -> Callable[[dict], object]:
        return lambda d: {k: v for k, v in d.items() if k != name}

    def config(**parts: object) -> Callable[[dict], object]:
        return lambda d: d | {"config": d["config"] | parts}

    def part(**parts: object) -> Callable[[dict], object]:
        return lambda d: d | parts

    changes = [
        *(lambda _, value=value: value for value in ({}, None, [], 5, "x")),
        *map(without, ("format", "config", "head", "source", "target", "letters")),
        *(part(head=head) for head in ([9, 9], [0], [-1, 0], None, [0, 2], "00")),
        *(config(n_heads=n) for n in (0, 3, 64, -2, 1.5, "2", None)),
        *(config(n_layers=n) for n in (0, 2, 1e9, None)),
        *(config(d_model=n) for n in (0, 16, 64)),
        *(config(norm="both"), config(tie_weights=False), config(d_ff=32)),
        *(part(letters=value) for value in ({}, None, [], {"signs": {}})),
        lambda d: d | {"target": d["target"][:-1]},
        lambda d: d | {"source": [*d["source"], "one more"]},
        *(part(sentences=value) for value in (None, [None], [{}])),
    ]
    assert _tried(page, files, [_rewritten(whole, lambda d: d)]) == ["read"]
    _refused(page, files, [_rewritten(whole, change) for change in changes])
    later = part(format="inside-the-decoder page model 2")
    (said,) = _refused(page, files, [_rewritten(whole, later)])
    assert "another version" in said


@pytest.fixture
def slow_site() -> Iterator[str]:
    """A site with the scripts, whose file "silent" sends 500 bytes and then nothing more."""
    over = Event()

    class Slow(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            if self.path != "/silent":
                return super().do_GET()
            self.send_response(200)
            self.send_header("Content-Length", "1500000")
            self.end_headers()
            self.wfile.write(b"\0" * 500)
            self.wfile.flush()
            over.wait()

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Slow, directory=str(SCRIPTS))
    ) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        over.set()
        server.shutdown()


LOAD = """
async (url) => {
  const { loadModel } = await import("/loader.js"), start = performance.now(), shares = [];
  const loaded = loadModel(url, (share) => shares.push(share));
  const said = await loaded.then(() => "read", (error) => error.message);
  return [said, performance.now() - start, shares.length];
}
"""


def test_a_download_that_falls_silent_is_given_up(
    browser: Browser, slow_site: str, whole: bytes
) -> None:
    page = browser.new_page()
    page.goto(f"{slow_site}engine.js")
    said, spent, shares = page.evaluate(LOAD, "/silent")
    assert said == "The weights stopped coming: nothing has arrived for 8 seconds."
    assert 8_000 <= spent < 12_000 and shares >= 1
    page.route("**/lost", lambda route: route.abort())
    said, *_ = page.evaluate(LOAD, "/lost")
    assert said.startswith("The weights could not be fetched: the site cannot be")
    page.route("**/whole", lambda route: route.fulfill(body=whole))
    assert page.evaluate(LOAD, "/whole")[0] == "read"  # after each failure it tries
    page.close()


def test_weights_that_the_page_cannot_use_are_refused_here() -> None:
    found = untrained()
    with torch.no_grad():
        found.model.output.weight[3, 3] = 1e9  # float16 ends at 65 504
    with pytest.raises(ValueError, match=r"target_embedding|output"):
        page_weights(found)
    page_weights(found, torch.float32)
    letters = CharacterTokenizer.fit(["the boy"])
    other = Translator(found.model, letters, found.target_tokenizer, {})
    with pytest.raises(ValueError, match="CharacterTokenizer, KannadaTokenizer"):
        page_weights(other)


def test_what_is_written_is_the_same_each_time(tmp_path) -> None:
    folders = [tmp_path / "a", tmp_path / "b" / "c"]
    for folder in folders:
        assert main([str(folder)]) == 0
    written = {path.name for path in folders[0].iterdir()}
    assert (
        written
        == {path.name for path in folders[1].iterdir()}
        == {WEIGHTS, STILL, RUNS}
    )
    for name in written:
        first, second = (folder / name for folder in folders)
        assert first.read_bytes() == second.read_bytes(), name
    assert 1_000_000 < (folders[0] / WEIGHTS).stat().st_size < MAX_BYTES <= 1_600_000
    runs = json.loads((folders[0] / RUNS).read_text("utf-8"))
    assert [run["english"] for run in runs] == list(FRONT_PAGE)


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--nothing"], ["--help"]])
def test_what_is_no_folder_shows_the_usage(
    arguments, tmp_path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == (0 if arguments == ["--help"] else 2)
    out, err = capsys.readouterr()
    assert "usage: python -m decoderbook.page_model [-h] folder" in out + err
    assert list(tmp_path.iterdir()) == []


def _too_large() -> bytes:
    raise ValueError("the page's weights take 9 bytes, more than 8")


def test_a_refusal_is_one_line_and_leaves_nothing(
    tmp_path, monkeypatch, capsys
) -> None:
    module = "decoderbook.page_model.__main__"
    found = {WEIGHTS: b"1", STILL: b"2", RUNS: b"3"}
    monkeypatch.setattr(f"{module}.files", lambda: found)
    (tmp_path / "taken").write_text("a file")
    (tmp_path / "half" / RUNS).mkdir(parents=True)
    for name, says in (("taken", "exists"), ("half", f"{RUNS} is a folder")):
        assert main([str(tmp_path / name)]) == 1
        out, err = capsys.readouterr()
        assert err.startswith("error: ") and says in err and err.count("\n") == 1
        assert out == ""
    assert [path.name for path in (tmp_path / "half").iterdir()] == [RUNS]
    monkeypatch.setattr(f"{module}.files", _too_large)
    assert main([str(tmp_path / "new")]) == 1
    assert "more than 8" in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("text", FRONT_PAGE)
def test_a_recorded_run_is_what_the_translator_does(text: str) -> None:
    (sentence,) = (s for s in sentences() if " ".join(s.english) == text)
    run = record_run(pretrained(), sentence)
    (translation,) = translate(pretrained(), [text])
    read = read_attention(pretrained(), text, translation)
    layer, head = run["head"]
    tokens = run["tokens"]
    assert [t["id"] for t in tokens] == [*translation.generation.ids, END]
    assert tokens[-1]["written"] == translation.text
    assert run["words"] == [*text.split(), "END"]
    for token, row in zip(tokens, read.weights[layer, head].tolist(), strict=True):
        assert token["attention"] == pytest.approx(row, abs=6e-4)
        best, *others = token["candidates"]
        assert best["id"] == token["id"]  # greedy
        chances = [one["probability"] for one in (best, *others)]
        assert chances == sorted(chances, reverse=True) and sum(chances) <= 1.003
    assert [t["gloss"] for t in tokens[:-1]] == list(sentence.gloss)
