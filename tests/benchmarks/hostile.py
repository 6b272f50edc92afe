"""The hostile client of `soak`, a process of its own: a stranger's computer takes nothing from those who are timed.

    python -m tests.benchmarks.hostile http://127.0.0.1:7860/ --seconds 900

It holds silent sockets, streams and downloads that it does not read, sends bodies of 90 MB and of no end, fills the
queue, asks what nobody may, and floods a route. Its last line is JSON: how often it did what, and the seconds of the
CPU that it took.
"""

import argparse
import http.client
import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlsplit

SILENT, SILENT_AT_ONCE, FLOOD = 200, 20, 150
STREAMS, UNREAD, JOINS = 400, 100, 20
HELD_AT_ONCE, SMALL_BUFFER = 10, 4096
LARGE, PART = 90_000_000, 1_000_000
PAUSE_S = 1.0
FORBIDDEN = ("gradio_api/file=/etc/passwd", "v/run.json?name=../../etc", "v/swaps.json?caption=" + "a" * 4000, "v/x")


class Hostile:
    """Somebody who means harm to the server at `address`, and how often he did what."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.address, self.counts = address, Counter[str]()
        self._held: list[socket.socket] = []
        self._streams: list[socket.socket] = []
        self._unread: list[socket.socket] = []

    def hold_silent(self) -> None:
        """Half a request on new connections, and never its end."""
        for _ in range(SILENT_AT_ONCE):
            with suppress(OSError):
                self._held.append(self._connect())
                self._held[-1].send(b"GET / HTTP/1.1\r\n")
                self.counts["silent"] += 1
        while len(self._held) > SILENT:
            self._held.pop(0).close()

    def hold_streams(self) -> None:
        """Heartbeats, from a few addresses, that are never closed, and downloads that are never read."""
        for number in range(HELD_AT_ONCE):
            stream = f"gradio_api/heartbeat/{random.randrange(10**9)}"
            self._hold(self._streams, STREAMS, stream, f"8.8.5.{number}")
            self._hold(self._unread, UNREAD, "page/0/plotly.min.js", f"8.8.6.{number}")

    def _hold(self, held: list[socket.socket], most: int, path: str, address: str) -> None:
        with suppress(OSError):
            held.append(self._connect())
            held[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
            held[-1].sendall(f"GET /{path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {address}\r\n\r\n".encode())
            self.counts["held"] += 1
        while len(held) > most:
            held.pop(0).close()

    def fill_queue(self) -> None:
        """More questions at once than one address has places for."""
        for _ in range(JOINS):
            connection = http.client.HTTPConnection(*self.address, timeout=90)
            with suppress(OSError, http.client.HTTPException):
                headers = {"X-Forwarded-For": "8.8.7.7", "Content-Type": "application/json"}
                connection.request("POST", "/gradio_api/call/v2/swaps", '{"caption": "a red bus"}', headers)
                self.counts[f"join {connection.getresponse().status}"] += 1
            connection.close()

    def send_large(self) -> None:
        """A large question that is no picture; every second one states no length and ends in the middle."""
        somebody = f"8.8.{random.randrange(256)}.{random.randrange(1, 255)}"
        size = f"Content-Length: {LARGE}" if random.random() < 0.5 else "Transfer-Encoding: chunked"
        head = f"POST /gradio_api/call/v2/score HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {somebody}\r\n"
        self.counts["large"] += 1
        with suppress(OSError), self._connect() as tied:
            tied.sendall(
                f'{head}Content-Type: application/json\r\n{size}\r\n\r\n{{"data": ["things-bound", ["'.encode()
            )
            for _ in range(LARGE // PART):
                tied.sendall(b"A" * PART)

    def flood(self) -> None:
        """What nobody may ask, and a route again and again, from one address."""
        for path in (*FORBIDDEN, *["v/catalog.json"] * FLOOD):
            connection = http.client.HTTPConnection(*self.address, timeout=90)
            with suppress(OSError, http.client.HTTPException):
                connection.request("GET", f"/{path}", headers={"X-Forwarded-For": "8.8.4.4"})
                answer = connection.getresponse()
                answer.read()
                self.counts[f"status {answer.status}"] += 1
            connection.close()

    def _connect(self) -> socket.socket:
        return socket.create_connection(self.address, timeout=10)


def main() -> None:
    """Attack for the seconds that are asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--seconds", type=float, required=True)
    asked = parser.parse_args()
    where, until = urlsplit(asked.url), time.monotonic() + asked.seconds
    hostile = Hostile((where.hostname or "", where.port or 80))

    def attack(once: Callable[[], None]) -> None:
        while time.monotonic() < until:
            once()
            time.sleep(PAUSE_S)

    attacks = (hostile.hold_silent, hostile.hold_streams, hostile.fill_queue, hostile.send_large, hostile.flood)
    threads = [threading.Thread(target=attack, args=(each,)) for each in attacks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({**hostile.counts, "cpu_s": round(time.process_time(), 1)}))


if __name__ == "__main__":
    main()
