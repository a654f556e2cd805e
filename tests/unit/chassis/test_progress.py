"""How far a long command is: drawn for a person at a terminal, and for nobody else."""

from __future__ import annotations

import io
import sys

import pytest

from services.chassis.cli_operations import bar


class Terminal(io.StringIO):
    """Somewhere to write that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What is seen there. (No fixture: between set-up and test pytest puts its own streams back.)"""
    seen = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.setattr(sys, "stderr", seen)
    return seen


def test_a_person_at_a_terminal_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    with bar(True) as progress:
        progress("meetings", 500, 2000)
    assert "500/2000 meetings" in terminal.getvalue()


def test_what_nobody_can_count_beforehand_is_counted_as_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    with bar(True) as progress:
        progress("notifications: records from registry", 3000, None)
    assert "3000/? notifications: records from registry" in terminal.getvalue()


def test_programs_and_pipes_see_nothing_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = at_a_terminal(monkeypatch)
    with bar(False) as progress:
        assert progress is None
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    with bar(True) as progress:
        assert progress is None
    assert terminal.getvalue() == ""
