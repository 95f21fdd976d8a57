"""Does every word of the command line lead somewhere, and is what cannot start one sentence?"""

import errno
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from marketplace.commands import main
from marketplace.commands.main import COMMANDS, Entry, cli
from marketplace.foundation.processes import CannotStart


@pytest.mark.parametrize("word", COMMANDS)
def test_ask_each_word_for_help_answers(word: str) -> None:
    result = CliRunner().invoke(cli, [word, "--help"])
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Usage: cli {word}")


def test_ask_for_help_lists_every_word_without_loading_a_room() -> None:
    shown = "import sys; from marketplace.commands.main import cli; cli(['--help'], standalone_mode=False)"
    code = f"{shown}; assert 'flask' not in sys.modules and 'sqlalchemy' not in sys.modules"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(f"  {word} " in result.stdout for word in COMMANDS)


def test_say_an_unknown_word_is_refused() -> None:
    result = CliRunner().invoke(cli, ["fly"])
    assert result.exit_code == 2
    assert "No such command 'fly'" in result.output


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        (CannotStart("The port is taken."), "Error: The port is taken.\n"),
        (OSError(errno.ENOSPC, "No space left on device", "/data/x"), "Error: The disk is full: "),
    ],
)
def test_run_command_that_cannot_start_ends_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, problem: Exception, sentence: str
) -> None:
    @click.command()
    def failing() -> None:
        raise problem

    monkeypatch.setattr(sys.modules[__name__], "failing", failing, raising=False)
    monkeypatch.setitem(main.COMMANDS, "fail", Entry("test:failing", "Fails."))
    monkeypatch.setattr(main, "import_module", lambda _name: sys.modules[__name__])
    result = CliRunner().invoke(cli, ["fail"])
    assert result.exit_code == 1
    assert result.output.startswith(sentence)
    assert result.output.count("\n") == 1


def test_start_with_a_wrong_setting_names_it(tmp_path: Path) -> None:
    environment = {"PORT": "eighty", "DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "marketplace", "up"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("Error: The setting PORT cannot be 'eighty'")
    assert result.stderr.count("\n") == 1
