"""Every recorded session of the corpus comes home whole, without what changes by itself, and without secrets.

The recordings are not ours to ship: NETOPS_CORPUS names the folder that holds them, and without it nothing runs.
"""

import os
import re
from pathlib import Path

import pytest
import replaying
import yaml

from netops.backup.acceptance import check_answer
from netops.backup.errors import EmptyConfiguration
from netops.backup.known_hosts import HostKeys
from netops.backup.normalise import normalise, normalise_facts
from netops.backup.platform_files import load_platforms
from netops.backup.redact import redact
from netops.backup.session import Fetched, fetch
from netops.backup.terminal import render_line
from netops.model.shell_access import ShellAccess, ShellCredential

CORPUS = os.environ.get("NETOPS_CORPUS")
FOLDER = Path(CORPUS or "/nowhere") / "ssh"
SESSIONS = sorted(path.name for path in FOLDER.glob("*simulation.yaml"))
PROMPTS = sorted(path.name for path in FOLDER.glob("*prompt.yaml"))
PLATFORMS = load_platforms()
EMPTY = {"sonicos#snippets#simulation.yaml"}
"""Recordings whose configuration holds nothing: not a backup."""
THEIR_WORDS = {"configuration removed>"}
"""What their program writes in place of a whole section; ours names every secret it hides."""

pytestmark = pytest.mark.skipif(not CORPUS, reason="NETOPS_CORPUS names no folder of recordings")


def read_recording(name: str) -> replaying.Recording:
    data = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    commands = data.get("commands") or {}
    is_ordered = isinstance(commands, list)
    pairs = [pair for one in commands for pair in one.items()] if is_ordered else list(commands.items())
    answers = [(key, replaying.decode_escapes(answer)) for key, answer in pairs]
    return replaying.Recording(replaying.decode_escapes(data.get("init_prompt")), answers, is_ordered)


def visit(name: str, recording: replaying.Recording, folder: Path, **behaviour) -> Fetched:
    family = name.split("#", maxsplit=1)[0]
    files = {key: answer.encode() for key, answer in recording.answers if key == "config.ini"}
    with replaying.devices() as start:
        device = start(recording, replaying.Behaviour(files=files, **behaviour))
        login = ShellCredential(replaying.USER, replaying.PASSWORD)
        access = ShellAccess(name, "127.0.0.1", family, login, port=device.port)
        return fetch(access, PLATFORMS.get(family), HostKeys(folder / "key"), HostKeys(folder / "jump"))


def read_lists(name: str, kind: str) -> tuple[list[str], list[str]]:
    path = FOLDER / name.replace("simulation.yaml", f"{kind}.yaml")
    lists = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    return lists.get("fail") or [], lists.get("pass") or []


def recorded_configuration(name: str, recording: replaying.Recording) -> str:
    """Give what the device printed for its configuration, pages put together by a way of our test's own."""
    platform = PLATFORMS.get(name.split("#", maxsplit=1)[0])
    ways = {way for step in platform.configuration for way in step.ways}
    text, is_inside = "", False
    for key, answer in recording.answers:
        if key != " ":
            is_inside = key.strip() in ways
            answer = answer.partition("\n")[2] if answer.startswith(key.strip()) else answer  # noqa: PLW2901 - less its echo
        if is_inside:
            answer = re.sub(r"\A(?:\x08+ +\x08+|\r +\r)", "", answer)  # noqa: PLW2901 - less the wiping
            text += re.sub(r" ?--More--.*\Z", "", answer, flags=re.DOTALL)
            text += "" if "--More--" in answer else "\n"
    return text


@pytest.mark.parametrize("name", SESSIONS)
def test_a_recorded_session_comes_home_whole_and_clean(name, tmp_path):
    recording = read_recording(name)
    platform = PLATFORMS.get(name.split("#")[0])
    fetched = visit(name, recording, tmp_path, seed=len(name), chunk=200)
    if name in EMPTY:
        with pytest.raises(EmptyConfiguration):
            check_answer(fetched.configuration, platform, name)
        return
    check_answer(fetched.configuration, platform, name)
    came = {line.strip() for line in fetched.configuration.split("\n")}
    printed = recorded_configuration(name, recording)
    prompts = {render_line(answer.rpartition("\n")[2]).strip() for _key, answer in recording.answers}
    wanted = [render_line(line).strip() for line in printed.split("\n")]
    # A line that a page's end cut in two is found whole in what came; its halves are found inside it.
    missing = [
        line
        for line in wanted
        if line and line not in came and line not in prompts and not any(line in whole for whole in came)
    ]
    is_left_out = re.compile(r"\d{4}/\d\d/\d\d |cat: .*: No such file or directory")
    assert [line for line in missing if not is_left_out.match(line)] == []

    parts = [normalise(fetched.configuration, platform)]
    parts += [normalise_facts(text, platform) for text in fetched.facts.values()]
    kept = "\n".join(redact(text, platform.secrets) for text in parts)
    for kind in ("secret", "significant_changes"):
        gone, remain = read_lists(name, kind)
        assert [text for text in gone if text in kept] == []
        # Their marks of comments and of hidden text are theirs; the text around must be there.
        bare = [re.sub(r"<secret (?:removed|hidden)>", "<secret hidden>", text) for text in remain]
        bare = [
            text.replace("\\.", ".").strip("^$").lstrip("!# ") for text in bare if text not in THEIR_WORDS
        ]
        bare = [text.replace("Processor ID: ", "Processor board ID ") for text in bare]
        assert [text for text in bare if text not in kept] == []


@pytest.mark.parametrize("name", PROMPTS)
def test_recorded_prompts_are_recognised_and_nothing_else_is(name):
    data = yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
    platform = PLATFORMS.get(name.split("#")[0])

    def shown(text):
        return render_line(replaying.decode_escapes(text)).strip()

    prompts = [*(data.get("pass") or []), *(data.get("pass_with_expect") or [])]
    assert [text for text in prompts if not platform.prompt.fullmatch(shown(text))] == []
    # What only is no prompt before its escape codes are taken off is one for us, who always take them off.
    others = [text for text in data.get("fail") or [] if text not in prompts]
    assert [text for text in others if platform.prompt.fullmatch(shown(text))] == []
