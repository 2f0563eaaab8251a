"""Catches messages: a receiver of webhooks in a thread, that answers well or badly on request."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class Catcher:
    """``with Catcher() as catcher``: every message that was answered with 200 is in ``messages``.

    ``decide`` may be changed meanwhile; it is asked for the status of each request. None answers nothing at all.
    """

    def __init__(self, decide: Callable[[dict[str, Any]], int | None] = lambda _message: 200) -> None:
        self.decide = decide
        self.messages: list[dict[str, Any]] = []
        self.refused: list[dict[str, Any]] = []
        catcher = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                message = json.loads(body)
                status = catcher.decide(message)
                (catcher.messages if status == 200 else catcher.refused).append(message)
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="catcher")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def told(self) -> list[tuple[str, str, str]]:
        """Give each alert of each message: to whom, what, and why."""
        return [
            (message["address"], f"{alert['labels'].get('device', '')} {alert['rule']}", alert["because"])
            for message in list(self.messages)
            for alert in message["alerts"]
        ]
