"""Whether a daemon is there to be asked, and what it answers."""

import os
import socket
import threading
from contextlib import closing

import pytest

from netops.cli.control import Daemon, DaemonError, find_daemon
from netops.errors import NotFound


class Answering(threading.Thread):
    """A server on a Unix socket that gives one fixed answer, for as many connections as come."""

    def __init__(self, path, status, body):
        super().__init__(daemon=True)
        self._answer = (
            f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode()
        )
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        self._socket.listen()

    def run(self):
        while True:
            try:
                connection, _address = self._socket.accept()
            except OSError:
                return
            with connection:
                if connection.recv(65_536):  # find_daemon's first connection says nothing
                    connection.sendall(self._answer)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.join(10)


def test_without_a_socket_there_is_no_daemon(tmp_path):
    assert find_daemon(tmp_path / "absent") is None
    assert find_daemon(tmp_path / "absent" / "deeper") is None


def test_a_socket_that_nobody_listens_on_is_no_daemon(tmp_path):
    path = tmp_path / "s"
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as left_behind:
        left_behind.bind(str(path))
    assert find_daemon(path) is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open every socket")
def test_a_socket_that_is_not_ours_is_refused_and_not_passed_over(tmp_path):
    """Writing to the database behind a daemon's back would be worse than an error."""
    path = tmp_path / "s"
    with Answering(path, "200 OK", "{}"):
        path.chmod(0)
        with pytest.raises(DaemonError, match="cannot use the control socket"):
            find_daemon(path)


def test_a_path_that_no_socket_can_have_is_refused(tmp_path):
    with pytest.raises(DaemonError, match="cannot use the control socket"):
        find_daemon(tmp_path / ("x" * 200))


def test_a_daemon_that_answers_is_found(tmp_path):
    with Answering(tmp_path / "s", "200 OK", '{"version": "1"}'):
        daemon = find_daemon(tmp_path / "s")
        assert daemon is not None
        with daemon:
            assert daemon.ask("GET", "/status") == {"version": "1"}


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        ("404 Not Found", '{"error": "no device is called x"}', NotFound, "no device is called x"),
        ("409 Conflict", '{"error": "the name is taken"}', DaemonError, "the name is taken"),
        ("500 Internal Server Error", "oh dear", DaemonError, "the daemon answered 500"),
        ("500 Internal Server Error", "[]", DaemonError, "the daemon answered 500"),
    ],
)
def test_a_refusal_is_the_daemons_own_word(tmp_path, status, body, kind, says):
    with Answering(tmp_path / "s", status, body), Daemon(tmp_path / "s") as daemon:
        with pytest.raises(kind) as refusal:
            daemon.ask("POST", "/devices/x/poll")
        assert str(refusal.value) == says


def test_a_daemon_that_ends_meanwhile_is_told(tmp_path):
    with Answering(tmp_path / "s", "", "") as server, Daemon(tmp_path / "s") as daemon:
        server._answer = b""
        with pytest.raises(DaemonError, match="does not answer on its control"):
            daemon.ask("GET", "/status")
