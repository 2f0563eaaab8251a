"""A small router in the manner of Cisco IOS, for tests of sessions, services and commands."""

from replaying import Recording

LINES = [f"interface Vlan{number}\n description room {number}\n!" for number in range(1, 40)]
CONFIGURATION = "\n".join(
    [
        "!",
        "! Last configuration change at 10:00:00 CET Tue Nov 24 2026 by alice",
        "version 15.2",
        "hostname router1",
        "enable secret 9 $9$canarycanary$canary1",
        "username bob password 7 0canary2canary",
        "snmp-server community canary3 RO",
        *LINES,
        "banner motd ^C",
        "router1#",
        "is the prompt you will see; router1#",
        "^C",
        "end",
    ]
)
CANARIES = ("canarycanary", "0canary2canary", "canary3")
PROMPT = "router1#"


def answer(command: str, text: str, prompt: str = PROMPT) -> tuple[str, str]:
    body = f"{text}\n\n".replace("\n", "\r\n") if text else ""
    return f"{command}\n", f"{command}\r\n{body}{prompt}"


def router(configuration: str = CONFIGURATION, *, greeting: str = "", prompt: str = PROMPT) -> Recording:
    head = f"Building configuration...\n\nCurrent configuration : {len(configuration)} bytes\n"
    return Recording(
        greeting.replace("\n", "\r\n") + "\r\n" + prompt,
        [
            answer("terminal length 0", "", prompt),
            answer("terminal width 0", "", prompt),
            answer("show running-config", head + configuration, prompt),
            answer(
                "show startup-config",
                f"Using {len(configuration)} out of 9999 bytes\n{configuration}",
                prompt,
            ),
            answer("show version", "Cisco IOS Software\nrouter1 uptime is 3 weeks\nSerial ABC123", prompt),
        ],
    )
