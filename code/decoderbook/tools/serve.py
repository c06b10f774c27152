"""Serve the built site on this machine: `python -m decoderbook.tools.serve _build/html`.

The course in a zip has a copy of this file beside the folder `site`: `python serve.py` serves that.
"""

import os
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BESIDE = "site"  # what is served where no folder is named
HOST = "127.0.0.1"
PORT = 8000

# Set here, because Python would ask the system, and some systems call scripts plain
# text.
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
}


class Handler(SimpleHTTPRequestHandler):
    """Files with their right types, kept fresh in the browser; requests are not logged."""

    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | TYPES

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    """One thread per connection; a browser that goes away is no error."""

    # On Windows, reusing an address means sharing it with a server that is already
    # there.
    allow_reuse_address = os.name == "posix"

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def make_server(directory: str | os.PathLike[str], port: int = PORT) -> Server:
    """A server for the files of `directory`, at `port` or, if it is taken, a free one.

    Port 0 asks for any free port. The port that it got is `server_port`;
    `serve_forever` starts it.
    """
    handler = partial(Handler, directory=os.fspath(directory))
    try:
        return Server((HOST, port), handler)
    except OSError:
        return Server((HOST, 0), handler)


def main(directory: str | None = None) -> None:
    """Serve until Ctrl-C; ends with a sentence where there is no such folder."""
    folder = Path(directory) if directory else Path(__file__).with_name(BESIDE)
    if not folder.is_dir():
        sys.exit(f"{folder} is no folder: name the one that holds the built site.")
    with make_server(folder) as server:
        if server.server_port != PORT:
            print(f"Port {PORT} is taken, so another one is used.")
        print(
            f"The course is at http://{HOST}:{server.server_port}/ (Ctrl-C stops it)",
            flush=True,
        )
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("\nStopped.")


if __name__ == "__main__":
    main(*sys.argv[1:])
