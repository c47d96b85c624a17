"""A local server that speaks the wire format of the Messages API: POST /v1/messages, answered as server-sent events.

Each path before ``/v1/messages`` is a way to behave. Bodies and event names are those of the public documentation.
"""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PIECES = ["Your table is ", "281 KiB; ", "who pays ", "for it — the phone?"]
START = {
    "type": "message_start",
    "message": {
        "id": "msg_01",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-5-5",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {"input_tokens": 812, "output_tokens": 1},
    },
}
BLOCK = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
ERRORS = {
    "refused-key": (401, "authentication_error", "invalid x-api-key"),
    "not-allowed": (403, "permission_error", "no"),
    "no-model": (404, "not_found_error", "model: claude-none"),
    "busy": (429, "rate_limit_error", "This request would exceed your rate limit"),
    "overloaded": (529, "overloaded_error", "Overloaded"),
    "broken": (500, "api_error", "Internal server error"),
    "no-credit": (400, "invalid_request_error", "Your credit balance is too low <b>now</b>"),
}


def piece(text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}}


def end(reason: str = "end_turn", written: int = 24) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": reason, "stop_sequence": None},
            "usage": {"output_tokens": written},
        },
        {"type": "message_stop"},
    ]


class MessagesServer:
    """Runs on a free port of this machine; ``requests`` are what it was sent, ``left`` is set when a caller hung up."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.left = threading.Event()
        self.reached = threading.Event()
        self.go = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.requests.append(({name.lower(): value for name, value in self.headers.items()}, body))
                how, _, rest = self.path.strip("/").partition("/")
                assert rest == "v1/messages"
                if how in ERRORS:
                    self._error(*ERRORS[how])
                    return
                if how == "silent":
                    outer.reached.set()
                    self._wait_until_left()
                    return
                self.send_response(200)
                self.send_header("content-type", "text/event-stream; charset=utf-8")
                self.send_header("connection", "close")
                self.end_headers()
                for event in outer.events(how):
                    self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
                    self.wfile.flush()
                if how in ("stalls", "waits"):
                    outer.reached.set()
                if how == "stalls":
                    self._wait_until_left()
                if how == "waits":
                    outer.go.wait(30)
                    for event in [piece(PIECES[2]), *end()]:
                        self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
                self.close_connection = True

            def _error(self, status: int, kind: str, message: str) -> None:
                data = {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_01"}
                body = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.send_header("retry-after", "60")
                self.end_headers()
                self.wfile.write(body)

            def _wait_until_left(self) -> None:
                try:
                    while self.connection.recv(1024):
                        pass
                except OSError:
                    pass
                outer.left.set()
                self.close_connection = True

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def address(self, how: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/{how}"

    def events(self, how: str) -> Iterator[dict[str, Any]]:
        """The events of one way to behave, up to where it stops."""
        yield START
        yield BLOCK
        yield {"type": "ping"}
        pieces = PIECES[:2] if how in ("stalls", "waits", "hangs-up", "overloaded-later") else PIECES
        for text in pieces:
            yield piece(text)
        if how == "overloaded-later":
            yield OVERLOADED
        elif how == "declines":
            yield from end("refusal", 9)
        elif how == "too-long":
            yield from end("max_tokens", 400)
        elif how == "thinks":
            yield {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "thinking_delta", "thinking": "hidden"},
            }
            yield {"type": "a_kind_to_come", "index": 0}
            yield from end()
        elif how not in ("stalls", "waits", "hangs-up"):
            yield from end()

    def close(self) -> None:
        self.go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
