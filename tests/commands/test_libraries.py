"""Is what the machine lacks named for every system, and installed only where we may?"""

from dataclasses import replace

import pytest

from marketplace.commands.libraries import NEEDS, main, provide


def test_provide_what_is_there_installs_nothing() -> None:
    assert provide(replace(NEEDS["chromium"], is_present=lambda: True, debian="no-such-package"))


@pytest.mark.parametrize("name", NEEDS)
def test_name_what_is_missing_is_one_sentence_for_three_systems(name: str) -> None:
    sentence = NEEDS[name].sentence
    assert "apt install" in sentence
    assert "dnf install" in sentence
    assert "brew install" in sentence
    assert "\n" not in sentence


def test_ask_for_what_cannot_be_had_ends_with_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setitem(NEEDS, "absent", replace(NEEDS["chromium"], is_present=lambda: False))
    assert main(["absent"]) == 1
    assert capsys.readouterr().err == f"{NEEDS['absent'].sentence}\n"
