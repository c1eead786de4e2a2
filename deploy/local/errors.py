"""How the command line fails: one line on stderr, exit code 2."""

from typing import IO, Any

import click


class StackError(click.ClickException):
    """Something the person at the keyboard can put right; the text says what and how."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the one line."""
        click.echo(f"sanji: {self.format_message()}", file=file, err=file is None)
