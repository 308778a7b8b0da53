"""A server on loopback that speaks the protocol and misbehaves as it is told, request by request."""

from __future__ import annotations

import gzip
import json
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Body = Mapping[str, Any]
Behaviour = Callable[["Handler", Body], None]


class Handler(BaseHTTPRequestHandler):
    """Takes the next behaviour for each request."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        server: Server = self.server  # type: ignore[assignment]
        length = int(self.headers["content-length"])
        body = json.loads(self.rfile.read(length))
        with server.lock:
            server.requests.append(body)
            server.paths.append(self.path)
            server.headers.append(dict(self.headers))
            behaviour = server.next.popleft() if server.next else server.otherwise
        behaviour(self, body)

    def send(self, status: int, content: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Silent."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *behaviours: Behaviour, otherwise: Behaviour) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.next = deque(behaviours)
        self.otherwise = otherwise
        self.requests: list[Body] = []
        self.paths: list[str] = []
        self.headers: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error here."""


@contextmanager
def serving(*behaviours: Behaviour, otherwise: Behaviour | None = None) -> Iterator[Server]:
    """A server that runs through `behaviours`, then does the last thing for ever (well, by default)."""
    server = Server(*behaviours, otherwise=otherwise or well())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def prompt_of(body: Body) -> str:
    return body["prompt"] if "prompt" in body else body["messages"][-1]["content"]


def words(body: Body, number: int = 0) -> str:
    """Another text for every prompt, seed and number."""
    return f"{prompt_of(body)} = {body.get('seed', 'x')}.{number}"


USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


def well(
    *,
    say: Callable[[Body, int], str] = words,
    n: int | None = None,
    usage: Mapping[str, Any] | None = USAGE,
    message: Mapping[str, Any] | None = None,
    finish: str | None = "stop",
    after_s: float = 0.0,
) -> Behaviour:
    """A proper response; `n` replies whatever was asked, fields of `message` beside its content."""

    def behave(handler: Handler, body: Body) -> None:
        time.sleep(after_s)
        choices = []
        for number in range(n or body.get("n", 1)):
            said = say(body, number)
            content: dict[str, Any] = {"text": said}
            if "messages" in body:
                content = {"message": {"role": "assistant", "content": said, **(message or {})}}
            choices.append({"index": number, "finish_reason": finish, **content})
        answer = {"model": "tiny-0613", "system_fingerprint": "fp_1", "choices": choices}
        if usage is not None:
            answer["usage"] = {**usage}
        handler.send(200, json.dumps(answer).encode())

    return behave


def fails(status: int, error: Any = "no", **headers: str) -> Behaviour:
    """An error of HTTP."""
    return lambda handler, _: handler.send(status, json.dumps({"error": error}).encode(), **headers)


def raw(content: bytes, status: int = 200) -> Behaviour:
    """Whatever bytes."""
    return lambda handler, _: handler.send(status, content)


def cut(handler: Handler, body: Body) -> None:
    """Half a response, then nothing."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.wfile.flush()
    handler.connection.close()
    handler.close_connection = True


def hung_up(handler: Handler, body: Body) -> None:
    """Nothing at all."""
    handler.connection.close()
    handler.close_connection = True


def trickles(seconds: float) -> Behaviour:
    """A response that never ends, a byte at a time."""

    def behave(handler: Handler, body: Body) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "100000")
        handler.end_headers()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.02)
        handler.close_connection = True

    return behave


def endless(megabytes: int) -> Behaviour:
    """A response far longer than any reply."""

    def behave(handler: Handler, body: Body) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(megabytes << 20))
        handler.end_headers()
        for _ in range(megabytes):
            handler.wfile.write(b"x" * (1 << 20))
        handler.close_connection = True

    return behave


def never_begins(piece: bytes) -> Behaviour:
    """A response whose headers never end: a piece of them again and again."""

    def behave(handler: Handler, body: Body) -> None:
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n" if piece.startswith(b"HTTP") else b"HTTP/1.1 200 OK\r\n")
        for _ in range(3000):
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(0.02)
        handler.close_connection = True

    return behave


def bomb(handler: Handler, body: Body) -> None:
    """Three kilobytes that unpack to two gigabytes."""
    packed = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1 << 20)
    once = b"".join(packed.compress(zeros) for _ in range(2048)) + packed.flush()
    handler.send(200, gzip.compress(once, 9), Content_Encoding="gzip, gzip")
