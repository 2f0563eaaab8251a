"""OpenSSL's own server, which shows any certificate in any way, and a page over it."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path


def make_self_signed(folder: Path, *, bits: int, days: int) -> tuple[Path, Path]:
    """Make a key and a certificate for 127.0.0.1, and give their files."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", f"rsa:{bits}", "-keyout", str(key), "-out",
               str(certificate), "-days", str(days), "-subj", "/O=Acme/CN=old ups",
               "-addext", "subjectAltName=IP:127.0.0.1"]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return key, certificate


@contextlib.contextmanager
def tls_server(key: Path, certificate: Path, *options: str) -> Iterator[int]:
    """Run ``openssl s_server`` with a page, and give its port."""
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-key", str(key), "-cert", str(certificate),
               "-www", *options]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("ACCEPT "):
                    yield int(line.rpartition(":")[2])
                    return
            message = "openssl s_server did not start"
            raise RuntimeError(message)
        finally:
            process.terminate()
