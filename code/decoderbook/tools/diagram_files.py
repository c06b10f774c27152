"""Write the picture of the decoder as files: SVG, PDF in two sizes, and a drawing for diagrams.net.

python -m decoderbook.tools.diagram_files FOLDER
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from decoderbook.diagram.drawio import as_drawio
from decoderbook.diagram.levels import SENTENCE, SPOKEN, course_panels
from decoderbook.diagram.parts import Panel
from decoderbook.diagram.svg import side_by_side
from decoderbook.theme import KEY, QUERY, RESULT, VALUE, WEIGHT
from decoderbook.tools import address
from decoderbook.tools.chromium import FLAGS, find_chromium

PAPERS = {"a4": (297, 210), "a1": (841, 594)}  # millimetres, on their side
PAGE = """<!DOCTYPE html><html lang="en"><title>Inside a Transformer decoder</title><style>
@page { margin: 0 }
body { margin: 0; color: #111; width: WIDTHmm; height: HEIGHTmm; box-sizing: border-box; padding: 2.4em 3%;
  font: calc(WIDTHmm / 85) system-ui, sans-serif;
  display: flex; flex-direction: column; justify-content: space-between }
h1 { margin: 0; font-size: 2.4em } p { margin: 0.5em 0 }
svg { width: 100% !important; max-width: none !important }
b { display: inline-block; width: 1.6em; height: 1em; margin: 0 0.4em 0 1.4em; vertical-align: -0.1em;
  box-sizing: border-box; border: 0.15em solid; border-radius: 0.3em }
footer { display: flex; justify-content: space-between; white-space: nowrap; font-size: 0.85em }
b:first-child { margin-left: 0 }
</style><body><header><h1>Inside a Transformer decoder</h1><p>SUBTITLE</p></header>PICTURE
<footer><p>LEGEND</p><p>ADDRESS</p></footer></body></html>"""
SUBTITLE = (
    f"“{SENTENCE}” becomes <i>{SPOKEN}</i>. "
    "Each picture magnifies a box of the one at its left; every shape is from a forward pass."
)
MEANINGS = {
    QUERY: "Kannada rows, which ask",
    KEY: "English rows, which are asked",
    VALUE: "what is read",
    WEIGHT: "how much of it",
    RESULT: "what is handed on",
}
LEGEND = "".join(
    f'<b style="color:{colour}"></b>{meaning}' for colour, meaning in MEANINGS.items()
)


def files(panels: tuple[Panel, ...]) -> dict[str, bytes]:
    """Each file's name with its content. Raises FileNotFoundError where no browser is found."""
    picture = side_by_side(panels).svg
    words = {
        "SUBTITLE": SUBTITLE,
        "LEGEND": LEGEND,
        "ADDRESS": address.read().site,
        "PICTURE": picture,
    }
    found = {
        "decoder.svg": picture.encode(),
        "decoder.drawio": as_drawio(panels).encode(),
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=FLAGS
        )
        page = browser.new_page()
        for name, (width, height) in PAPERS.items():
            sheet = PAGE.replace("WIDTH", f"{width}").replace("HEIGHT", f"{height - 1}")
            for word, text in words.items():
                sheet = sheet.replace(word, text)
            page.set_content(sheet)
            found[f"decoder-{name}.pdf"] = page.pdf(
                width=f"{width}mm", height=f"{height}mm", print_background=True
            )
        browser.close()
    return found


def write(folder: Path) -> None:
    """Write all files into the folder; each that is there is whole."""
    found = files(course_panels())
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as new:
        for name, content in found.items():
            (Path(new) / name).write_bytes(content)
        for name in found:
            (Path(new) / name).replace(folder / name)


def main() -> int:
    """Write the files where the argument says."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-") or not sys.argv[1]:
        print(
            "usage: python -m decoderbook.tools.diagram_files FOLDER", file=sys.stderr
        )
        return 2
    try:
        write(Path(sys.argv[1]))
    except (OSError, Error) as error:
        first = str(error).splitlines()[0]
        print(f"not all files were written: {first}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
