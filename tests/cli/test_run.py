"""``netops run``: what is settled before the daemon begins."""

from types import SimpleNamespace

import pytest

import netops.daemon
from netops.cli import run
from netops.i18n import choose_language


@pytest.mark.parametrize(
    ("setting", "environment", "language"),
    [("zh_CN", "en", "zh_CN"), ("en", "zh_CN", "en"), (None, "zh_CN", None), (None, "en", None)],
)
def test_language_of_the_settings_stands_over_the_environment(
    setting, environment, language, tmp_path, monkeypatch
):
    """The daemon's texts are stored and sent, so they do not hang on who started it."""
    config = tmp_path / "netops.yaml"
    config.write_text("web: {port: 0}\n" + (f"language: {setting}\n" if setting else ""), "utf-8")
    (tmp_path / "devices.yaml").write_text("devices: []\n", "utf-8")
    chosen = []
    monkeypatch.setenv("NETOPS_LANG", environment)
    monkeypatch.setattr(run, "set_language", chosen.append)
    monkeypatch.setattr(run, "set_up_logging", lambda *_words: None)
    monkeypatch.setattr(run, "_run_loop", lambda _main: None)
    monkeypatch.setattr(netops.daemon, "Daemon", lambda *_words, **_more: SimpleNamespace(run=lambda: None))
    run.run(config=config)
    assert chosen == ([language] if language else [])
    assert choose_language() == environment
