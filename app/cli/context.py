"""What every command gets: this machine's home, the repository that is meant, a way to answer.

`Context.answer` runs a command that only reads and prints either text or one `done` event;
jobs go through `app.cli.jobs`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from app.cli.events import done_event, error_json, write_event
from app.errors import AppError, Cancelled
from app.messages import _
from app.monitor import Problem, Progress, nothing
from app.secret import Secret
from app.services.home import Access, Home, is_own, open_for

if TYPE_CHECKING:
    from app.repository.repository import Repository

F = TypeVar("F", bound=Callable[..., object])


def json_option(command: F) -> F:
    """Adds `--json`."""
    option = click.option("--json", "as_json", is_flag=True, help="Print JSON lines, see app/cli.")
    return option(command)


class Quiet:
    """The monitor of commands that only read: collects problems, is never cancelled."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def progress(self, progress: Progress) -> None:
        """Reading is quick; there is nothing to show."""

    def problem(self, problem: Problem) -> None:
        self.problems.append(problem)

    def checkpoint(self, while_paused: Callable[[], None] = nothing) -> None:
        """Signals end a reading command by themselves."""


@dataclass
class Context:
    """One invocation of the command line."""

    environment: Mapping[str, str]
    place: str | None
    password_file: Path | None
    password: Secret | None = None

    @cached_property
    def home(self) -> Home:
        return Home.find(self.environment)

    def at(self, place: str | None) -> Context:
        """The same invocation, at another place."""
        return Context(self.environment, place, self.password_file, self.password)

    @property
    def access(self) -> Access:
        return Access(self.place, self.password_file, self.password, ask_for_key)

    @property
    def is_own(self) -> bool:
        """Whether this machine's configured repository is meant."""
        try:
            return is_own(self.home, self.access)
        except AppError:
            if self.records:
                raise
            return False  # broken settings do not matter to a repository opened without them

    @property
    def place_name(self) -> str:
        """Where a run works, as the history has it: "" for this machine's repository."""
        if self.place is None or (self.records and self.is_own):
            return ""
        copy = self.home.copy(self.place) if self.records else None
        return copy.name if copy else self.place

    @property
    def records(self) -> bool:
        """Whether runs belong into this machine's history: not for a repository at hand that is
        opened without any configuration."""
        return self.place is None or (self.password_file is None and self.password is None)

    @property
    def has_copies(self) -> bool:
        try:
            return bool(self.home.settings.copies)
        except AppError:
            return False  # the job itself will say what is wrong with the settings

    @property
    def has_exchanges(self) -> bool:
        """Whether a backup begins with a pull."""
        try:
            settings = self.home.settings
            return self.is_own and bool(settings.exchanges or settings.candles)
        except AppError:
            return False  # as above

    @property
    def tidies(self) -> bool:
        """Whether a backup ends with tidying up."""
        from app.services.tidy import is_wanted

        try:
            return self.is_own and is_wanted(self.home)
        except AppError:
            return False  # as above

    def open(self) -> Repository:
        return open_for(self.home, self.access)

    def answer(
        self,
        as_json: bool,  # the flag as click hands it over
        read: Callable[[Quiet], dict[str, object]],
        show: Callable[[dict[str, object]], None],
    ) -> int:
        """Read something and print it; returns the exit code (3 if there were problems)."""
        quiet = Quiet()
        try:
            report = read(quiet)
        except (AppError, KeyboardInterrupt) as error:
            if not as_json:
                raise
            failure = error if isinstance(error, AppError) else Cancelled()
            outcome = "cancelled" if isinstance(failure, Cancelled) else "failed"
            write_event(done_event(outcome, failure.exit_code, error=error_json(failure)))
            return failure.exit_code
        code = 3 if quiet.problems else 0
        if as_json:
            outcome = "problems" if quiet.problems else "ok"
            write_event(done_event(outcome, code, report=report, problems=len(quiet.problems)))
        else:
            show(report)
            show_problems(quiet.problems)
        return code


def show_problems(problems: list[Problem]) -> None:
    """All problems as text on standard error: title and hint."""
    for problem in problems:
        sentence = problem.sentence
        click.echo(f"! {sentence.title}", err=True)
        if sentence.hint:
            click.echo(f"  {sentence.hint}", err=True)


def at_terminal() -> bool:
    """Whether a person has typed the command and reads what it says."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask_for_key() -> Secret | None:
    """Ask a person for a key, if there is one at a terminal."""
    if not at_terminal():
        return None
    return Secret(click.prompt(_("Recovery key or password"), hide_input=True, err=True))
