"""The course as one zip that opens from a folder: the built site, what serves it, how to begin."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

from decoderbook.site.assets import REDIRECT
from decoderbook.site.decoder import WEIGHTS
from decoderbook.site.downloads import FOLDER, fill
from decoderbook.take_along.words import Words
from decoderbook.tools import serve

TOP = "inside-the-transformer-decoder"
SITE = serve.BESIDE  # the folder that serve.py looks for
SPARE = {".buildinfo", "objects.inv"}  # for Sphinx alone
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same site gives the same bytes
README = """{title}

Open START-HERE.html: the whole course opens in your browser, from this folder and without a network.
Figures can be played with, the trained decoder runs, the search finds.

If a browser keeps something from working in pages from a folder, serve the folder (with any Python 3):

    python serve.py

and open the address that it prints. Only this machine can reach it; Ctrl-C stops it.

What you guess and solve is kept in this browser, apart from what the published course keeps there.
The notebooks lie beside the pages, in {site}/book. Colab and the videos need a network.

Published at {address}
Version {version}{date}. By {author}.
{terms} The licences of fonts and of the plotting script are in {site}/_static/licences.
"""


def as_script(weights: bytes) -> str:
    """The trained weights as a script: the one kind of file that a page in a folder may load."""
    return f'window.decoderWeights = "{base64.b64encode(weights).decode()}";\n'


def files(site: Path, words: Words) -> Iterator[tuple[str, bytes]]:
    """Each file of the zip, its name below the top folder with its content."""
    start = REDIRECT.format(target=f"{SITE}/book/index.html", title=words.title)
    date = f", state of {words.date}" if words.date else ""
    readme = README.format(**vars(words) | {"date": date, "site": SITE})
    yield "START-HERE.html", start.encode()
    yield (
        "README.txt",
        readme.replace("\n", "\r\n").encode(),
    )  # for Windows' Notepad too
    yield "serve.py", Path(serve.__file__).read_bytes()
    for path in sorted(site.rglob("*")):
        name = path.relative_to(site).as_posix()
        if not path.is_file() or name.startswith(f"{FOLDER}/") or name in SPARE:
            continue
        content = path.read_bytes()
        if path.suffix == ".html":  # the other files are not in this one
            content = fill(content.decode(), name, None).encode()
        yield f"{SITE}/{name}", content
        if path.name == WEIGHTS:
            script = path.with_suffix(".js").relative_to(site).as_posix()
            yield f"{SITE}/{script}", as_script(content).encode()


def make_zip(site: Path, words: Words) -> bytes:
    """The bytes of the zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in files(site, words):
            entry = zipfile.ZipInfo(f"{TOP}/{name}", LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return out.getvalue()
