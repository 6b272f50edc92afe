"""A server on this computer that speaks as much of the Hub's protocol as its client asks for.

with serving({"toys/made": folder}) as server:      # server.address, server.asked: the paths, in order
    server.resumed                                  # bytes from which files went on
    server.breaks_after = 1000                      # from now on a file of more bytes ends there
    server.pause_s = 0.1                            # between two pieces of a file
"""

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "1" * 40
PIECE = 256_000
_RANGE = re.compile(r"bytes=(\d+)-")


class HubServer(ThreadingHTTPServer):
    """Repositories by name, each a folder with one commit on `main`."""

    daemon_threads = True
    breaks_after: int | None = None
    pause_s = 0.0

    def __init__(self, repositories: Mapping[str, Path]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repositories, self.asked, self.resumed = dict(repositories), list[str](), list[int]()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: HubServer

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def log_message(self, *_: Any) -> None:
        pass

    def _answer(self, *, with_body: bool) -> None:
        path = unquote(urlsplit(self.path).path).strip("/")
        self.server.asked.append(f"{self.command} {path}")
        if not path:
            return self._send(200, b"", {}, with_body)
        parts = path.removeprefix("api/models/").split("/")
        folder = self.server.repositories.get("/".join(parts[:2]))
        if folder is None:
            return self._send(404, b"", {"X-Error-Code": "RepoNotFound"}, with_body)
        if len(parts) > 3 and parts[3] not in ("main", COMMIT):
            return self._send(404, b"", {"X-Error-Code": "RevisionNotFound"}, with_body)
        if path.startswith("api/models/"):
            return self._send(200, json.dumps(self._told(folder, parts)).encode(), {}, with_body)
        file = folder / "/".join(parts[4:])
        if not file.is_file():
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}, with_body)
        content = file.read_bytes()
        tag = hashlib.sha256(content).hexdigest()
        headers = {"X-Repo-Commit": COMMIT, "ETag": f'"{tag}"', "Accept-Ranges": "bytes"}
        start = int((_RANGE.fullmatch(self.headers.get("Range", "")) or (0, 0))[1])
        if not start:
            return self._send(200, content, headers, with_body)
        self.server.resumed.append(start)
        headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self._send(206, content[start:], headers, with_body, start=start)

    def _told(self, folder: Path, parts: list[str]) -> Any:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        if "tree" in parts:
            return [{"type": "file", "path": path.name, "size": path.stat().st_size, "oid": "0" * 40} for path in files]
        return {"id": "/".join(parts[:2]), "sha": COMMIT, "siblings": [{"rfilename": path.name} for path in files]}

    def _send(
        self, status: int, content: bytes, headers: Mapping[str, str], with_body: bool, *, start: int = 0
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), "Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        most = self.server.breaks_after
        sent = content if most is None else content[: max(0, most - start)]
        if with_body:
            with suppress(ConnectionError):  # who cancels leaves
                for piece in range(0, len(sent), PIECE):
                    time.sleep(self.server.pause_s)
                    self.wfile.write(sent[piece : piece + PIECE])
        if len(sent) < len(content):
            self.close_connection = True


@contextmanager
def serving(repositories: Mapping[str, Path]) -> Iterator[HubServer]:
    """The server, in a thread, until the end of the block."""
    server = HubServer(repositories)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
