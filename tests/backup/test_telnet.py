"""Telnet, where a device says so: a small server that asks for user and password as old routers do."""

import socket
import threading

import pytest

from netops.backup.errors import WrongPassword
from netops.backup.known_hosts import HostKeys
from netops.backup.platform_files import load_platforms
from netops.backup.session import fetch
from netops.backup.wire import Limits
from netops.model.shell_access import ShellAccess, ShellCredential

CONFIGURATION = "!\r\nhostname r1\r\n" + "interface x\r\n" * 50 + "end\r\n"


class Router:
    """Serves one session."""

    def __init__(self, plug, password):
        self.plug, self.password = plug, password
        self.before = b""
        self.tried = []

    def line(self):
        typed = b""
        while byte := self.plug.recv(1):
            if byte == b"\n" and self.before == b"\r":
                self.before = byte
                continue
            self.before = byte
            if byte in b"\r\n":
                return typed
            typed += byte
        raise ConnectionError

    def serve(self):
        try:
            self.plug.sendall(b"\r\nUsername: ")
            self.line()
            self.plug.sendall(b"\r\nPassword: ")
            while (given := self.line()) != self.password:
                self.tried.append(given)
                self.plug.sendall(b"\r\n% Login invalid\r\n\r\nPassword: ")
            self.plug.sendall(b"\r\nr1#")
            while (typed := self.line()) != b"exit":
                text = CONFIGURATION if typed == b"show running-config" else ""
                self.plug.sendall(typed + b"\r\n" + text.encode() + b"r1#")
        except OSError:
            pass
        finally:
            self.plug.close()


@pytest.fixture
def server():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept():
            plug, _address = listener.accept()
            accept.router = Router(plug, b"password of r1")
            accept.router.serve()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1], accept
        thread.join(10)


def visit(port, password, folder):
    access = ShellAccess("r1", "127.0.0.1", "ios", ShellCredential("u", password), port=port, telnet=True)
    limits = Limits(read_seconds=10, login_seconds=20)
    return fetch(access, load_platforms().get("ios"), HostKeys(folder / "k"), HostKeys(folder / "j"), limits)


def test_a_configuration_comes_home_over_telnet(server, tmp_path):
    assert visit(server[0], "password of r1", tmp_path).configuration.count("interface x") == 50


def test_a_wrong_password_over_telnet_is_tried_once(server, tmp_path):
    with pytest.raises(WrongPassword):
        visit(server[0], "wrong", tmp_path)
    assert server[1].router.tried == [b"wrong"]
