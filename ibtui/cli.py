"""The command line: verbs, and the one place where expected errors are printed.

Nothing is imported before the verb that needs it, so that `ibtui --help` answers at once over SSH.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from io import TextIOWrapper
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ibtui.errors import IbtuiError, UsageError, complain, memory_line
from ibtui.verbs import choose, estimate, export, manual, read, train

READER_GONE = 128 + signal.SIGPIPE  # as a shell tells it of programs that the signal ended
# What an output that takes nothing more gives: full, closed, or a terminal that hung up.
UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EBADF, errno.EIO)


class _Verbs(TyperGroup):
    """No verb means the app: `ibtui`, `ibtui quickstart`, `ibtui --runs elsewhere`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {"-h", "--help", "--version", "--install-completion", "--show-completion"}
        if ctx.resilient_parsing:  # the shell asks what may come
            return super().parse_args(ctx, args)
        if not args or (args[0].startswith("-") and args[0] not in own):
            args = ["open", *args]
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        word = args[0]
        if self.get_command(ctx, word) is not None:
            return super().resolve_command(ctx, args)
        from ibtui.problems import did_you_mean
        from ibtui.profile import shipped

        if ctx.resilient_parsing or os.path.exists(word) or word in shipped.names():
            return super().resolve_command(ctx, ["open", *args])
        verbs = [name for name, verb in self.commands.items() if not verb.hidden]
        near = did_you_mean(word, [*verbs, *shipped.names()])
        raise UsageError(f"{word}: is neither a verb nor a profile{near}")

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        from typer._click.shell_completion import CompletionItem

        from ibtui.verbs.completion import profiles

        found = super().shell_complete(ctx, incomplete)
        if incomplete and not incomplete.startswith("-"):
            found += [CompletionItem(name) for name in profiles(incomplete)]
        return found

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise typer.Exit(READER_GONE) from None


app = typer.Typer(
    cls=_Verbs,
    help="A laboratory for the information bottleneck in a terminal.",
    epilog="ibtui [PROFILE] opens the app: PROFILE is a TOML file, or a name from ibtui profiles.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("open", hidden=True)(train.open_app)
app.command()(train.replay)
app.command()(train.batch)
app.command()(train.reproduce)
app.command("list")(read.list_runs)
app.command()(read.follow)
app.command()(read.show)
app.command()(train.measure)
app.command()(export.compare)
app.command()(export.export)
app.command()(export.thin)
app.command()(export.gather)
app.command()(choose.profiles)
app.command()(choose.estimators)
app.command()(estimate.estimate)
data = typer.Typer(help="The data sets: what there is, and fetching files.")
data.command("list")(choose.list_data)
data.command("fetch")(choose.fetch_data)
app.add_typer(data, name="data")
app.command("keys")(manual.list_keys)
app.command("config")(manual.show_config)
app.command("help")(manual.show_help)


def main() -> None:
    """Run the program; expected errors become lines on stderr and an exit code."""
    _fill_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # where '\u00b1' cannot be written, '?' can
    try:
        try:
            app(prog_name="ibtui")
        finally:
            sys.stdout.flush()
    except OSError as error:
        gone = isinstance(error, BrokenPipeError)
        if error.filename is not None or not (gone or error.errno in UNWRITABLE):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # it is flushed once more
        if gone:
            sys.exit(READER_GONE)
        complain(f"the output cannot be written: {error.strerror}")
        sys.exit(1)
    except (MemoryError, RuntimeError) as error:
        if not (line := memory_line(error)):
            raise
        complain(line)
        sys.exit(1)
    except IbtuiError as error:
        complain(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)


def _fill_closed_streams() -> None:
    """Let a stream that was closed lead nowhere, or the next file opened would take its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


def _print_version(asked: bool) -> None:
    if asked:
        from ibtui.version import VERSION

        print(f"ibtui {VERSION}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None: ...
