"""A small switch for tests of sessions: its variables, and the credentials it is asked with."""

from dataclasses import replace

from hostile_agent import V1, V2C, Mib
from netops.model.access import AuthProtocol, PrivProtocol, UserCredential
from netops.snmp.types import Oid, Tag

SYSTEM = Oid.parse("1.3.6.1.2.1.1")
NAME = Oid.parse("1.3.6.1.2.1.1.5.0")
UPTIME = Oid.parse("1.3.6.1.2.1.1.3.0")
MISSING = Oid.parse("1.3.6.1.2.1.1.99.0")
IF_DESCR = Oid.parse("1.3.6.1.2.1.2.2.1.2")
IF_OCTETS = Oid.parse("1.3.6.1.2.1.2.2.1.10")
IF_ERRORS = Oid.parse("1.3.6.1.2.1.2.2.1.14")
ROWS = 60
ANN = UserCredential("ann", AuthProtocol.SHA, "auth-canary-1", PrivProtocol.AES, "priv-canary-1")
SIGNED = UserCredential("ann", AuthProtocol.SHA256, "auth-canary-1")
PLAIN = UserCredential("ann")
CREDENTIALS = [V1, V2C, PLAIN, SIGNED, ANN, replace(ANN, priv=PrivProtocol.DES)]

MIB = Mib(
    {
        UPTIME: (Tag.TIME_TICKS, 4711),
        NAME: (Tag.OCTET_STRING, b"sw1"),
        **{IF_DESCR / row: (Tag.OCTET_STRING, b"port %d" % row) for row in range(1, ROWS + 1)},
        **{IF_OCTETS / row: (Tag.COUNTER32, row * 1000) for row in range(1, ROWS + 1)},
        **{IF_ERRORS / row: (Tag.COUNTER32, row) for row in range(1, ROWS // 2)},
        Oid.parse("1.3.6.1.2.1.4.1.0"): (Tag.INTEGER, 1),
    }
)
DESCRIPTIONS = {(row,): b"port %d" % row for row in range(1, ROWS + 1)}
OCTETS = {(row,): row * 1000 for row in range(1, ROWS + 1)}
ERRORS = {(row,): row for row in range(1, ROWS // 2)}
