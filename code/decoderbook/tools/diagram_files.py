"""Write the picture of the decoder as files: SVG, PDF in two sizes, and a drawing for diagrams.net.

python -m decoderbook.tools.diagram_files FOLDER
"""

import sys
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from decoderbook.diagram.drawio import as_drawio
from decoderbook.diagram.levels import course_panels
from decoderbook.diagram.parts import Panel
from decoderbook.diagram.svg import side_by_side
from decoderbook.tools.chromium import FLAGS, find_chromium

PAPERS = {"a4": (297, 210), "a1": (841, 594)}  # millimetres, on their side
PAGE = """<!DOCTYPE html><html lang="en"><title>The Transformer decoder</title><style>
@page { margin: 0 }
body { margin: 0; color: #111; width: WIDTHmm; height: HEIGHTmm; display: grid; place-items: center }
svg { width: 94% !important; max-width: none !important }
</style><body>PICTURE</body></html>"""


def files(panels: tuple[Panel, ...]) -> dict[str, bytes]:
    """Each file's name with its content. Raises FileNotFoundError where no browser is found."""
    picture = side_by_side(panels).svg
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
            sized = PAGE.replace("WIDTH", f"{width}").replace("HEIGHT", f"{height - 1}")
            page.set_content(sized.replace("PICTURE", picture))
            found[f"decoder-{name}.pdf"] = page.pdf(
                width=f"{width}mm", height=f"{height}mm", print_background=True
            )
        browser.close()
    return found


def write(folder: Path) -> None:
    """Write all files into the folder, or none of them."""
    found = files(course_panels())
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in found.items():
        (folder / name).write_bytes(content)


def main() -> int:
    """Write the files where the argument says."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(
            "usage: python -m decoderbook.tools.diagram_files FOLDER", file=sys.stderr
        )
        return 2
    try:
        write(Path(sys.argv[1]))
    except (OSError, Error) as error:
        print(f"nothing was written: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
