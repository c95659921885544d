"""`robo`: every subcommand, and the one place where an error becomes a message and an exit code.

Exit codes: 0 done, 1 something of ours failed, 2 the input has to be mended.
"""

import sys
from collections.abc import Sequence
from io import TextIOWrapper

import click

from allocator.errors import AllocatorError, InputError, Problem
from api.commands.advice import diagnose, propose, replay
from api.commands.audit import audit
from api.commands.backtest import backtest
from api.commands.database import db
from api.commands.demo import demo
from api.commands.lifecycle import lifecycle
from api.commands.market import market
from api.commands.profile import profile
from api.commands.questionnaire import questionnaire
from api.commands.questionnaire_ask import ask
from api.commands.questionnaire_check import check
from api.commands.scan import scan
from api.commands.serving import serve, worker
from api.commands.users import user
from api.error_words import error_words
from api.errors import ApiError
from api.store.failures import StoreFailure
from api.texts import Language, Texts

INPUT_IS_WRONG = 2
WE_FAILED = 1


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="robo-allocator", prog_name="robo")
def robo() -> None:
    """A bank's smart advisor: profile, diagnosis, proposal, one button, reminders."""


for command in (
    demo, profile, diagnose, propose, lifecycle, questionnaire, serve, worker, scan, backtest,
    replay, market, user, db, audit,
):  # fmt: skip
    robo.add_command(command)
questionnaire.add_command(check)
questionnaire.add_command(ask)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run `robo` and leave with its exit code; no failure shows a traceback."""
    _print_what_the_terminal_can()
    texts = _texts_of(sys.argv[1:] if arguments is None else arguments)
    try:
        _check_encoding(sys.argv[1:] if arguments is None else arguments)
        # A command that ends with an exit code returns it here instead of leaving with it.
        code = robo.main(args=arguments, prog_name="robo", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(INPUT_IS_WRONG)
    except click.Abort:
        sys.exit(WE_FAILED)
    except (InputError, ApiError) as error:
        _say(error.code, error.message, texts)
        for problem in getattr(error, "problems", ()):
            click.echo(f"  {problem}", err=True)
        for statement in getattr(error, "statements", ()):
            click.echo(f"  {statement.code} {dict(statement.evidence)}", err=True)
        sys.exit(INPUT_IS_WRONG)
    except AllocatorError as error:
        _say(error.code, str(error), texts)
        sys.exit(WE_FAILED)
    except StoreFailure as error:
        # Its message holds the statement and what was to be written.
        _say("store_unusable", f"the store cannot be used: {type(error).__name__}")
        sys.exit(WE_FAILED)
    except OSError as error:
        _say("file_error", f"{error.strerror}: {error.filename}")
        sys.exit(INPUT_IS_WRONG)
    except Exception as error:  # noqa: BLE001 # a terminal shows a sentence, never a traceback
        _say("internal_error", f"{type(error).__name__}: {error}")
        sys.exit(WE_FAILED)
    if code:
        sys.exit(code)


def _print_what_the_terminal_can() -> None:
    """Show what the terminal's encoding lacks by its number instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _check_encoding(arguments: Sequence[str]) -> None:
    problems = [
        Problem(f"argument {n}", "is not text in the terminal's encoding", argument, "use UTF-8")
        for n, argument in enumerate(arguments, start=1)
        if any("\ud800" <= character <= "\udfff" for character in argument)
    ]
    if problems:
        raise InputError("unreadable arguments", code="invalid_argument", problems=problems)


def _texts_of(arguments: Sequence[str]) -> Texts | None:
    """Return the texts of the command's language; None for a command that speaks none."""
    command: click.Command = robo
    chosen = None
    for n, argument in enumerate(arguments):
        if isinstance(command, click.Group) and argument in command.commands:
            command = command.commands[argument]
        name, _, value = argument.partition("=")
        if name == "--lang":
            chosen = value or next(iter(arguments[n + 1 :]), "")
    options = [option for option in command.params if option.name == "lang"]
    if not options:
        return None
    language = chosen if chosen in set(Language) else options[0].default
    return Texts(str(language))


def _say(code: str, message: str, texts: Texts | None = None) -> None:
    said = None if texts is None else error_words(code, texts)
    click.echo(f"robo: {said or message} ({code})", err=True)
    if said is not None:
        # The detail holds the figures.
        click.echo(f"  {message}", err=True)
