"""An example power strip as a recording, which no profile of ours knows, and profiles for it."""

BASE = "1.3.6.1.4.1.32473.4"

_HEAD = f"""\
1.3.6.1.2.1.1.1.0|4|Example PDU 8, version 2.1
1.3.6.1.2.1.1.2.0|6|{BASE}
1.3.6.1.2.1.1.3.0|67|360000
1.3.6.1.2.1.1.5.0|4|strip-1
{BASE}.1.1.0|4|EX-8-16A
{BASE}.1.2.0|4|2.1.7
{BASE}.1.3.0|4|SN12345678
"""
_OUTLETS = "".join(
    f"{BASE}.3.1.{column}.{row}|{tag}|{value}\n"
    for column, tag, values in (
        (1, 2, range(1, 9)),
        (2, 4, [f"Outlet {row}" for row in range(1, 9)]),
        (3, 2, [1, 1, 2, 1, 1, 1, 1, 1]),
        (4, 66, [150, 20, 0, 0, 35, 40, 12, 220]),
    )
    for row, value in enumerate(values, 1)
)
RECORDING = _HEAD + _OUTLETS

PROFILE = f"""\
description: Example power strips.
extends: [generic]
match:
  - object_id: {BASE}
identity:
  vendor: "'Example'"
  model: search('Example (PDU \\d+)', descr)
tables:
  strip_outlet:
    priority: 60
    columns:
      label: {BASE}.3.1.2
      state: {BASE}.3.1.3
      amps: {BASE}.3.1.4
    sensors:
      current: {{kind: current, name: "{{label}}", value: amps / 100}}
      state: {{kind: state, name: "{{label}}", value: state, states: {{ok: {{1: "on"}}, warning: {{2: "off"}}}}}}
  strip_outlet_again:
    columns: {{amps: {BASE}.3.1.4, label: {BASE}.3.1.2}}
    sensors:
      current: {{kind: current, name: "{{label}}", value: amps / 100}}
"""
BROKEN = PROFILE.replace("value: amps / 100}", "valeu: amps / 100}", 1).replace("amps / 100}", "amp / 100}")
