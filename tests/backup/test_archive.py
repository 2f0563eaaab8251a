"""The archive keeps what it was given, tells when it is touched, and loses nothing when it is killed."""

import os
import signal
import subprocess
import sys
import textwrap
from datetime import UTC, date, datetime, timedelta

import pytest

from netops.backup import archive as archive_module
from netops.backup.archive import Archive, Occasion, Texts
from netops.backup.errors import ArchiveError, ArchiveLocked, ArchiveMoved, DiskFull
from netops.backup.git import BRANCH
from netops.backup.manifest import write_manifest
from netops.backup.reading import find_commit, make_diff, read_revisions, search
from netops.backup.remotes import Remote, push, read_pushed
from netops.backup.states import State
from netops.backup.verify import verify
from netops.security.sealing import SealError

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
CANARY = "canary-secret-of-the-device"


@pytest.fixture
def archive(tmp_path):
    made = Archive(tmp_path / "archive", tmp_path / "keys" / "backup.key")
    made.prepare()
    return made


def texts(body="hostname x\n", secret=CANARY, **more):
    masked = {"running-config": f"{body}secret <secret hidden>\n"}
    complete = {"running-config": f"{body}secret {secret}\n"}
    return Texts(masked, complete, **more)


def store(archive, name="sw-1", at=NOW, **arguments):
    occasion = Occasion(at, arguments.pop("reason", "nightly"), arguments.pop("author", ""))
    return archive.store(name, texts(**arguments), occasion, platform="cisco_ios", site="main")


def test_a_text_is_kept_masked_in_git_and_whole_under_seal(archive):
    stored = store(archive)
    assert stored.is_new
    assert archive.read(stored.device_id) == "hostname x\nsecret <secret hidden>\n"
    about = archive.read_about(stored.device_id)
    assert CANARY in archive.open_sealed(stored.device_id, about["sealed"])["running-config"]


def test_an_unchanged_text_makes_no_revision(archive):
    first = store(archive)
    second = store(archive, at=NOW + timedelta(days=1))
    assert (second.is_new, second.revision) == (False, first.revision)


def test_a_change_of_a_hidden_value_alone_makes_a_revision(archive):
    store(archive)
    stored = store(archive, secret="another")
    assert (stored.is_new, stored.added, stored.removed) == (True, 0, 0)
    assert "only hidden values changed" in archive.git.run("log", "-1", "--format=%s", BRANCH)


def test_a_device_that_encrypts_anew_each_time_makes_no_revision(archive):
    store(archive, is_resalted=True)
    assert not store(archive, secret="salted anew", is_resalted=True).is_new


def test_facts_alone_make_no_revision_and_come_along_with_one(archive):
    def with_facts(memory, body):
        facts = {"facts/show-version": f"free memory {memory}\n"}
        both = texts(body)
        return Texts({**both.masked, **facts}, {**both.complete, **facts})

    def keep(memory, body):
        return archive.store("sw-1", with_facts(memory, body), Occasion(NOW, "x"), platform="p")

    first = keep(1, "a\n")
    assert not keep(2, "a\n").is_new
    assert keep(3, "b\n").is_new
    assert archive.read(first.device_id, "facts/show-version") == "free memory 3\n"


def test_commits_are_signed_by_the_archives_key_and_name_who_changed_it(archive):
    store(archive, author="alice")
    told = archive.git.run("log", "-1", "--format=%G? %GS|%an|%cn|%b", BRANCH)
    assert told.startswith("G netops@archive|alice|netops|")
    assert "Changed-by: alice" in told


@pytest.mark.parametrize("name", ["a/b/../c", "..", ".git", "sw 1|x", "交换机", "-n", "x\ny", 'q"uote'])
def test_any_name_is_kept_and_found(archive, name):
    stored = store(archive, name)
    assert archive.find_id(name) == stored.device_id
    assert archive.read(stored.device_id)
    archive.git.run("fsck", "--strict", "--no-dangling")


def test_a_renamed_device_keeps_its_history(archive):
    first = store(archive)
    archive.rename("sw-1", "core-1", NOW)
    assert archive.find_id("core-1") == first.device_id
    second = archive.store(
        "core-1", texts("hostname y\n"), Occasion(NOW, "x"), platform="cisco_ios", site="main"
    )
    assert second.device_id == first.device_id
    assert len(read_revisions(archive, first.device_id, NOW)) == 2
    store(archive, "sw-2")
    with pytest.raises(ArchiveError, match="history of its own"):
        archive.rename("core-1", "sw-2", NOW)


def test_no_secret_reaches_git(archive):
    store(archive, author="alice")
    archive.git.run("gc", "--quiet")
    objects = archive.git.run("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    for name in objects:
        assert CANARY.encode() not in (archive.git.read("cat-file", "-p", name) or b"")
    sealed = list((archive.folder / "sealed").rglob("*.sealed"))
    assert sealed
    assert all(CANARY.encode() not in path.read_bytes() for path in sealed)


def test_a_moved_seal_does_not_open(archive):
    one, two = store(archive, "a"), store(archive, "b", body="other\n")
    seals = [archive.read_about(stored.device_id)["sealed"] for stored in (one, two)]
    archive.sealed_path(two.device_id, seals[1]).write_bytes(
        archive.sealed_path(one.device_id, seals[0]).read_bytes()
    )
    with pytest.raises(SealError, match="changed or moved"):
        archive.open_sealed(two.device_id, seals[1])


def test_a_destroyed_seal_is_told_and_the_history_stands(archive):
    stored = store(archive)
    about = archive.read_about(stored.device_id)
    archive.sealed_path(stored.device_id, about["sealed"]).unlink()
    with pytest.raises(ArchiveError, match="no longer kept"):
        archive.open_sealed(stored.device_id, about["sealed"])
    assert archive.read(stored.device_id)


def test_a_key_file_open_to_others_is_refused(archive, tmp_path):
    (tmp_path / "keys" / "backup.key").chmod(0o644)
    with pytest.raises(SealError, match="mode 0600"):
        Archive(tmp_path / "archive", tmp_path / "keys" / "backup.key")


def test_two_writers_take_turns(archive, monkeypatch):
    monkeypatch.setattr(archive_module, "_LOCK_SECONDS", 0.0)
    other = Archive(archive.folder, archive.folder.parent / "keys" / "backup.key")
    with archive.writing(), pytest.raises(ArchiveLocked), other.writing():
        pass
    assert store(other).is_new


def test_a_writer_without_the_lock_is_noticed_and_nothing_is_lost(archive, monkeypatch):
    """The branch moves between reading and writing: the guarded update-ref refuses."""
    first = store(archive)
    head = archive.git.head()
    original = archive._commit

    def meddle(files, message, author, at, old=None):
        monkeypatch.setattr(archive, "_commit", original)
        original({"stranger": "x"}, "meddle", "x", NOW.timestamp(), old)
        return original(files, message, author, at, old)

    monkeypatch.setattr(archive, "_commit", meddle)
    with pytest.raises(ArchiveMoved):
        store(archive, body="hostname changed\n")
    assert archive.git.run("rev-parse", f"{BRANCH}~1").strip() == head
    assert archive.read(first.device_id).startswith("hostname x")
    assert not archive.git.run("for-each-ref", "refs/netops/staging")
    assert store(archive, body="hostname changed\n").is_new


TWO = """
    import sys
    from datetime import UTC, datetime
    from pathlib import Path
    from netops.backup.archive import Archive, Occasion, Texts
    folder, mine = Path(sys.argv[1]), sys.argv[2]
    archive = Archive(folder / "archive", folder / "keys" / "backup.key")
    archive.prepare()
    for number in range(8):
        for name in (f"{mine}-{number}", "shared"):
            text = {"running-config": f"hostname {mine}{number}\\n"}
            archive.store(name, Texts(text, text), Occasion(datetime.now(UTC), "x"), platform="p")
"""


def test_two_daemons_on_one_archive_lose_nothing(archive, tmp_path):
    code = textwrap.dedent(TWO)
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), mine], stderr=subprocess.PIPE)
        for mine in ("a", "b")
    ]
    for process in running:
        _out, told = process.communicate(timeout=60)
        assert process.returncode == 0, told
    names = {about["name"] for about in archive.index().values()}
    assert names == {f"{mine}-{number}" for mine in "ab" for number in range(8)} | {"shared"}
    assert len(read_revisions(archive, archive.find_id("shared"), NOW)) == 16
    archive.git.run("fsck", "--full", "--no-dangling")
    assert verify(archive, [], NOW.date()).faults == []


KILLED = """
    import os, sys, signal
    from pathlib import Path
    from datetime import UTC, datetime
    from netops.backup.archive import Archive, Occasion, Texts
    folder, when = Path(sys.argv[1]), int(sys.argv[2])
    archive = Archive(folder / "archive", folder / "keys" / "backup.key")
    calls = 0
    run = archive.git.__class__.run
    def counted(self, *arguments, **more):
        global calls
        calls += 1
        if calls > when:
            os.kill(os.getpid(), signal.SIGKILL)
        return run(self, *arguments, **more)
    archive.git.__class__.run = counted
    archive.store("sw-1", Texts({"running-config": "new\\n"}, {"running-config": "new whole\\n"}),
                  Occasion(datetime.now(UTC), "x"), platform="p", site="main")
"""


@pytest.mark.parametrize("when", range(6))
def test_a_killed_writer_leaves_the_old_revision_or_the_new_one(archive, tmp_path, when):
    stored = store(archive)
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(KILLED), str(tmp_path), str(when)], check=False
    )
    assert done.returncode in {0, -signal.SIGKILL}
    again = Archive(archive.folder, tmp_path / "keys" / "backup.key")
    again.prepare()
    kept = again.read(stored.device_id)
    assert kept in {"hostname x\nsecret <secret hidden>\n", "new\n"}
    about = again.read_about(stored.device_id)
    assert again.open_sealed(stored.device_id, about["sealed"])
    again.git.run("fsck", "--full", "--no-dangling")
    assert not again.git.run("for-each-ref", "refs/netops/staging")
    assert store(again, body="and on\n").is_new


def test_a_full_disk_is_told_and_changes_nothing(archive):
    """A limit on the size of files stands for the full disk: git and we fail in the same calls."""
    stored = store(archive)
    head = archive.git.head()
    code = textwrap.dedent("""
        import resource, signal, sys, secrets
        from datetime import UTC, datetime
        from pathlib import Path
        from netops.backup.archive import Archive, Occasion, Texts
        from netops.backup.errors import DiskFull
        archive = Archive(Path(sys.argv[1]), Path(sys.argv[2]))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
        text = secrets.token_hex(40000)
        try:
            archive.store("sw-1", Texts({"running-config": text}, {"running-config": text}),
                          Occasion(datetime.now(UTC), "x"), platform="p", site="main")
        except DiskFull as error:
            print(error)
            sys.exit(7)
    """)
    key = archive.folder.parent / "keys" / "backup.key"
    done = subprocess.run(
        [sys.executable, "-c", code, str(archive.folder), str(key)], check=False, capture_output=True
    )
    assert done.returncode == 7, done.stderr
    assert b"what is stored already is untouched" in done.stdout
    assert archive.git.head() == head
    assert archive.read(stored.device_id).startswith("hostname x")


def test_old_texts_are_found_by_date_and_by_revision(archive):
    first = store(archive, at=NOW)
    store(archive, body="hostname y\n", at=NOW + timedelta(days=10))
    assert archive.read(first.device_id, at=find_commit(archive, "2026-11-25")).startswith("hostname x")
    assert archive.read(first.device_id, at=find_commit(archive, first.revision[:10])).startswith(
        "hostname x"
    )
    with pytest.raises(ArchiveError, match="nothing from before"):
        find_commit(archive, "2020-01-01")
    with pytest.raises(ArchiveError, match="neither a revision nor a date"):
        find_commit(archive, "yesterday")


def test_a_difference_names_the_section_it_is_in():
    old = "interface Vlan1\n description a\n ip address 10.0.0.1\n!\n"
    assert "@@ interface Vlan1" in make_diff(old, old.replace("10.0.0.1", "10.0.0.2"), ("old", "new"), 0)


def test_words_are_found_with_their_section(archive):
    store(archive, body="interface Vlan1\n description uplink\n")
    store(archive, "sw-2", body="nothing\n")
    hits = list(search(archive, "uplink", BRANCH, is_pattern=False, ignore_case=False))
    assert [(hit.device, hit.section) for hit in hits] == [("sw-1", "interface Vlan1")]
    assert list(search(archive, "^inter.*1$", BRANCH, is_pattern=True, ignore_case=False))


def test_a_hit_stands_under_the_nearest_line_that_is_less_indented(archive):
    body = (
        "system {\n    services {\n        ssh;\n    }\n    host-name x;\n}\n"
        "router bgp 1\n address-family ipv4\n  neighbor 1\n\n neighbor 2\nneighbor 3\n"
    )
    store(archive, body=body)

    def find(words, **more):
        hits = search(archive, words, BRANCH, **{"is_pattern": False, "ignore_case": False, **more})
        return [(hit.line, hit.section) for hit in hits]

    assert find("ssh") == [(3, "services {")]
    assert find("host-name") == [(5, "system {")]
    assert find("neighbor") == [(9, "address-family ipv4"), (11, "router bgp 1"), (12, "")]
    assert find("^ +NEIGHBOR [12]$", is_pattern=True, ignore_case=True) == [
        (9, "address-family ipv4"),
        (11, "router bgp 1"),
    ]
    assert find("-e") == []


def test_an_expression_that_is_none_is_told(archive):
    store(archive)
    with pytest.raises(ArchiveError, match="git grep failed"):
        list(search(archive, "(unclosed", BRANCH, is_pattern=True, ignore_case=False))


def test_words_are_found_as_they_were_on_a_day(archive):
    store(archive, body="hostname x\n")
    store(archive, body="hostname y\n", at=NOW + timedelta(days=10))
    commit = find_commit(archive, "2026-11-25")
    assert [hit.text for hit in search(archive, "hostname", commit, is_pattern=False, ignore_case=False)] == [
        "hostname x"
    ]


# --- manifests, remotes, verification


def make_nights(archive, days):
    stored = store(archive)
    state = State("sw-1", device_id=stored.device_id, outcome="unchanged", revision=stored.revision)
    for day in days:
        write_manifest(archive, [state, State("sw-2")], NOW + timedelta(days=day))


def test_a_sound_archive_is_found_sound(archive, tmp_path):
    make_nights(archive, [0, 1, 2])
    remote = Remote("copy", str(tmp_path / "copy.git"))
    subprocess.run(["git", "init", "-q", "--bare", remote.url], check=True)
    assert push(archive, remote, NOW).error == ""
    findings = verify(archive, [remote], date(2026, 11, 27))
    assert findings.faults == []
    assert (findings.manifests, findings.commits) == (3, 5)


def test_missing_nights_and_lagging_remotes_are_told(archive, tmp_path):
    make_nights(archive, [0])
    remote = Remote("copy", str(tmp_path / "copy.git"))
    subprocess.run(["git", "init", "-q", "--bare", remote.url], check=True)
    push(archive, remote, NOW)
    write_manifest(archive, [], NOW + timedelta(days=2))
    faults = verify(archive, [remote], date(2026, 11, 28)).faults
    assert "no manifest of the night of 2026-11-25" in faults
    assert "no manifest of the night of 2026-11-27" in faults
    assert any("remote copy has" in fault for fault in faults)


def test_an_unsigned_commit_is_told(archive):
    store(archive)
    tree = archive.git.run("rev-parse", f"{BRANCH}^{{tree}}").strip()
    forged = archive.git.run(
        "-c",
        "user.name=netops",
        "-c",
        "user.email=netops@archive",
        "commit-tree",
        "-p",
        BRANCH,
        "-m",
        "forged",
        tree,
    ).strip()
    archive.git.run("update-ref", BRANCH, forged)
    faults = verify(archive, [], date(2026, 11, 24)).faults
    assert [fault for fault in faults if forged[:12] in fault]


def test_a_complete_text_that_is_gone_is_told(archive):
    stored = store(archive)
    store(archive, "sw-2", body="other\n")
    archive.sealed_path(stored.device_id, archive.read_about(stored.device_id)["sealed"]).unlink()
    findings = verify(archive, [], date(2026, 11, 24))
    assert findings.faults == ["sw-1: the complete text of its newest revision is gone"]
    assert findings.sealed == 1


def test_a_changed_manifest_is_told(archive):
    make_nights(archive, [0])
    archive.write_files({"manifests/2026/2026-11-24.json": '{"devices": []}'}, "tamper", NOW)
    assert (
        "the manifest of 2026-11-24 has no good signature" in verify(archive, [], date(2026, 11, 24)).faults
    )


def test_a_remote_that_refuses_is_told_and_lag_is_counted_from_the_first_refusal(archive, tmp_path):
    store(archive)
    url = tmp_path / "copy.git"
    subprocess.run(["git", "init", "-q", "--bare", str(url)], check=True)
    hook = url / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho no entry >&2\nexit 1\n")
    hook.chmod(0o755)
    remote = Remote("copy", str(url))
    refused = push(archive, remote, NOW)
    assert "no entry" in refused.error
    assert push(archive, remote, NOW + timedelta(hours=5)).behind_since == NOW.isoformat()
    hook.unlink()
    assert push(archive, remote, NOW).error == ""
    assert read_pushed(archive, "copy").behind_since == ""


def test_a_remote_that_holds_other_commits_is_not_overwritten(archive, tmp_path):
    store(archive)
    other = Archive(tmp_path / "other", tmp_path / "keys" / "backup.key")
    other.prepare()
    remote = Remote("copy", str(other.git.folder))
    head = other.git.head()
    assert "failed" in push(archive, remote, NOW).error
    assert other.git.head() == head


def test_a_killed_start_is_finished_by_the_next(tmp_path):
    half = Archive(tmp_path / "archive", tmp_path / "backup.key")
    (tmp_path / "archive" / "keys").mkdir(parents=True)
    (tmp_path / "archive" / "keys" / f".signing_key.{os.getpid()}").write_text("half")
    half.prepare()
    assert store(half).is_new


def test_no_room_for_the_seal_is_told(archive, monkeypatch):
    def refuse(*_arguments, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("netops.backup.files.os.fsync", refuse)
    with pytest.raises(DiskFull):
        store(archive)
    assert archive.index() == {}
