"""Real senders of syslog: util-linux' logger, and a stream by openssl."""

import subprocess


def send_by_logger(port: int, text: str, *options: str, tag: str = "peer") -> None:
    """Send one message to this machine; ``options`` choose transport and form."""
    command = ["logger", "--server", "127.0.0.1", "--port", str(port), "--tag", tag, *options, "--", text]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert run.returncode == 0, run.stderr


def send_by_openssl(port: int, data: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Send bytes over TLS."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-quiet", "-no_ign_eof", *options]
    return subprocess.run(command, input=data, capture_output=True, check=False, timeout=30)
