"""A wire that does not do as it is told: stands before a parent's address, on the child's side.

`python wire.py PORT PARENT_HOST PARENT_PORT FOLDER`. The file FOLDER/mode says what it does to batches:
open, twice (captured ones come again, three times, shuffled), late (kept back and delivered after younger
ones), deaf (delivered, and the answer is thrown away). FOLDER/struck counts, a letter a time.
"""

from __future__ import annotations

import http.client
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEPT, TIMES = 30, 3
Call = tuple[str, dict[str, str], bytes]


class Wire(ThreadingHTTPServer):
    """What it has seen, and what it keeps back."""

    daemon_threads = True

    def __init__(self, port: int, parent: tuple[str, int], folder: Path) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.parent, self.folder = parent, folder
        self.seen: list[Call] = []
        self.late: list[Call] = []
        self.chance, self.turn = random.Random(port), threading.Lock()

    def mode(self) -> str:
        """What is asked of it now."""
        return (self.folder / "mode").read_text().strip()

    def struck(self) -> None:
        """Write down that it has done something to a message."""
        with self.turn, (self.folder / "struck").open("a") as file:
            file.write("x")

    def carry(self, call: Call) -> tuple[int, bytes]:
        """Bring a request to the parent."""
        path, headers, body = call
        connection = http.client.HTTPConnection(*self.parent, timeout=30)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def again(self) -> None:
        """Captured requests, each three times, in any order."""
        many = self.seen[-KEPT:] * TIMES
        self.chance.shuffle(many)
        for call in many[: TIMES * 4]:
            self.carry(call)
            self.struck()


class Handler(BaseHTTPRequestHandler):
    """One request of the child."""

    protocol_version = "HTTP/1.1"
    server: Wire

    def do_POST(self) -> None:
        """Carry it, or what the mode says."""
        wire, mode = self.server, self.server.mode()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        kept = {name: value for name, value in self.headers.items() if name.lower() not in ("host",)}
        call = (self.path, kept, body)
        batch = self.path == "/sync/batch"
        if batch and mode == "late" and not wire.late:
            wire.late.append(call)
            self.close_connection = True
            return
        status, answer = wire.carry(call)
        if mode == "deaf" and wire.chance.random() < 0.7:
            wire.struck()
            self.close_connection = True
            return
        self._answer(status, answer)
        if not batch:
            return
        wire.seen.append(call)
        if mode == "twice":
            wire.again()
        while wire.late:  # the younger one has arrived: now comes the elder
            wire.carry(wire.late.pop())
            wire.struck()

    def _answer(self, status: int, answer: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/msgpack")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args: object) -> None:
        """Nothing."""


if __name__ == "__main__":
    at, host, above, where = sys.argv[1:]
    Wire(int(at), (host, int(above)), Path(where)).serve_forever()
