"""Does the operator see what is going on, on a screen and in a log?"""

import pytest

from marketplace.commands.progress import Progress, step


def test_step_shows_what_is_done_and_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    with step("Counting"):
        assert capsys.readouterr().out == "Counting … "
    assert capsys.readouterr().out == "0.0 s\n"


def test_step_that_fails_ends_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(LookupError), step("Counting"):
        raise LookupError
    assert capsys.readouterr().out == "Counting … \n"


def test_report_progress_into_a_log_writes_a_line_for_each_thing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    for done in range(3):
        progress("Rows", done, 3)
    progress("Pages", 1, 0)
    progress.finish()
    assert capsys.readouterr().out == "Rows … 0.0 s\nPages … 0.0 s\n"


def test_report_progress_on_a_screen_shows_how_much_of_how_much(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    progress = Progress()
    progress("Rows", 1000, 17510)
    progress("Rows", 1001, 17510)
    progress.finish()
    assert "\rRows … 1,000 of 17,510" in (shown := capsys.readouterr().out)
    assert "1,001" not in shown
