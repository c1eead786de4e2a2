"""The command line `sanji`: a table of commands, each loaded only when it is used."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any

import click

# name: (where it is, one line for `sanji --help`)
COMMANDS = {
    "demo": ("deploy.demo.commands:demo", "Play one contest year of a real county, then keep serving."),
    "up": ("deploy.stack_commands:up", "Start the three tiers and keep them running until Ctrl-C."),
    "down": ("deploy.stack_commands:down", "Stop what `sanji up` or `sanji demo` started."),
    "status": ("deploy.stack_commands:status", "Show the addresses and processes of a running stack."),
    "province": ("deploy.shards.commands:province", "Ask several counties at once."),
    "prepare": ("deploy.prepare_command:prepare", "Make roles, database and secrets of one tier."),
    "contest": ("deploy.contest_commands:contest", "Grade, verify and prepare contests without any server."),
    "unit": ("deploy.unit_commands:unit", "Make units and enrol child units."),
    "account": ("deploy.account_commands:account", "Make accounts and give them roles."),
    "explain": ("deploy.explain_commands:explain", "Print how a member's grade and outcomes came about."),
    "verify": ("deploy.verify_commands:verify", "Work a year's results out again from what was pinned."),
    "audit": ("deploy.audit_commands:audit", "Prove the audit logs, and what other tiers keep of them."),
    "backup": ("deploy.backup_commands:backup", "Write a tier's database into a file."),
    "restore": ("deploy.backup_commands:restore", "Put a backup in the place of a tier's database."),
    "fonts": ("deploy.font_commands:fonts", "Say with which fonts notices are printed."),
    "sync": ("deploy.sync_commands:sync", "Show, reconcile and recover the streams between tiers."),
}


class _Lazy(click.Group):
    """Help costs no import of Flask or SQLAlchemy."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command; whatever goes wrong is one line on stderr, exit code 2."""
        quietly: bool = False  # click's own way of ending says more than one line
        run = partial(super().main, args, prog_name, complete_var, standalone_mode=quietly, **extra)
        if not standalone_mode:
            return run()
        code: object = None
        try:
            code = run()
        except click.ClickException as error:
            _explain(error)
            code = 2
        except OSError as error:
            click.echo(f"sanji: {error.filename or 'output'}: {error.strerror or error}", err=True)
            _drop_output()
            code = 2
        except click.Abort:
            code = 130  # Ctrl-C, as shells count it
        sys.exit(code if isinstance(code, int) else 0)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def _drop_output() -> None:
    """What could not be written is not tried again when Python ends."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _explain(error: click.ClickException) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return
    context = getattr(error, "ctx", None)
    hint = f" (see {context.command_path} --help)" if context else ""
    click.echo(f"sanji: {error.format_message()}{hint}", err=True)


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="sanji", message="sanji %(version)s")
def main() -> None:
    """Sanji (三级): county, township and branch on one command.

    Errors are one line on stderr, `sanji: …`, with exit code 2. `sanji COMMAND --help` tells the rest.
    """
