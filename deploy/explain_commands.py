"""`sanji explain`: how a member's year came out as it did, every step with the rule it follows."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.local.tiers import TIERS
from deploy.stack_commands import data_option
from deploy.tier_access import runtime_of

if TYPE_CHECKING:
    from shared.explaining.asking import Named
    from shared.explaining.document import Explanation
    from shared.kit.accounts import SignedIn
    from shared.sync.runtime import Runtime

NOT_FOUND = 1
"""Exit code for a member who is not there, or out of the account's scope: the two are never told apart."""


@click.group()
def explain() -> None:
    """Print how a result came about, from the stored rows and the rule functions."""


@explain.command()
@click.argument("ident", metavar="ID")
@click.option("--year", required=True, type=click.IntRange(2000, 2100), help="Which year of points.")
@click.option(
    "--tier", type=click.Choice(TIERS), default="county", show_default=True, help="Whose rows are read."
)
@click.option("--as", "login", metavar="LOGIN", help="Exactly what this account may see. [default: all]")
@click.option("--english", is_flag=True, help="In English instead of Chinese.")
@click.option("--json", "target", metavar="FILE", help="Also as JSON ('-': JSON alone, on standard output).")
@data_option
def member(
    ident: str, year: int, tier: str, login: str | None, english: bool, target: str | None, data: Path
) -> None:
    """Print the derivation of a member's grade and of each outcome of a year.

    ID is the member's id, or the branch's code and the number on its roster: 321323001001/0003. Exit code 1:
    no such member in scope; 2: the command was not understood. What is worked out again and comes to
    something else is said on its line and at the end.
    """
    from shared.explaining.asking import BadName, named_by
    from shared.explaining.document import as_json, as_text

    try:
        named = named_by(ident)
    except BadName as error:
        raise click.ClickException(
            f"'{ident}' is neither a member's id nor BRANCH/NUMBER, as 321323001001/0003"
        ) from error
    with runtime_of(tier, data) as runtime:
        found = _explained(runtime, tier, named, year, login)
    if found is None:
        click.echo(f"sanji: no member {ident} found", err=True)
        raise click.exceptions.Exit(NOT_FOUND)
    if target:
        _write(target, json.dumps(as_json(found), ensure_ascii=False, indent=1) + "\n")
    if target != "-":
        click.echo(as_text(found, english), nl=False)
    if found.differs:
        click.echo("sanji: something worked out again differs from what is stored: see above", err=True)


def _write(target: str, text: str) -> None:
    if target == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(target).write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{target}: cannot be written: {error.strerror}") from error


def _explained(runtime: Runtime, tier: str, named: Named, year: int, login: str | None) -> Explanation | None:
    """None where there is no such member in scope."""
    from shared.explaining.gathering import NoYear
    from shared.kit.errors import Absent
    from shared.kit.scope import EVERYTHING

    who = _account(runtime, login) if login else None
    reading = import_module(f"services.{tier}.explaining.reading")
    try:
        with runtime.database.transaction(who.scope if who else EVERYTHING) as session:
            found: Explanation = reading.explained(session, named, year, who)
            return found
    except NoYear:
        raise click.ClickException(f"the county has opened no year {year}, as the {tier} knows") from None
    except Absent:
        return None


def _account(runtime: Runtime, login: str) -> SignedIn:
    from sqlalchemy import select

    from shared.kit.accounts import Account, signed_in
    from shared.kit.scope import EVERYTHING

    with runtime.database.transaction(EVERYTHING) as session:
        account_id = session.scalars(select(Account.id).where(Account.login == login)).one_or_none()
        found = signed_in(session, account_id) if account_id else None
    if found is None:
        raise click.ClickException(f"there is no account {login} with a post at this tier")
    return found
