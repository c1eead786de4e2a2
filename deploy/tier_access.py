"""How a command reaches one tier: its settings from the environment, or from the running stack."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from deploy.local.tiers import TIERS
from deploy.stack_commands import data_option

if TYPE_CHECKING:
    from shared.sync.runtime import Runtime

Command = Callable[..., Any]


def tier_option(command: Command) -> Command:
    """`--tier` and `--data`, the same on every command that speaks to one tier."""
    tier = click.option("--tier", type=click.Choice(TIERS), required=True, help="Which tier.")
    return tier(data_option(command))


@contextmanager
def runtime_of(tier: str, data: Path) -> Iterator[Runtime]:
    """The tier's runtime; what its database or rules refuse comes out as one line."""
    from sqlalchemy.exc import SQLAlchemyError

    from deploy.local import state
    from shared.kit.errors import Refused
    from shared.kit.settings import Settings, SettingsError

    name = f"SANJI_{tier.upper()}_DATABASE_URL"
    own = name in os.environ or f"{name}_FILE" in os.environ
    try:
        settings = Settings.from_env(tier, os.environ if own else state.environment(data, tier))
    except SettingsError as error:
        raise click.ClickException(str(error)) from error
    runtime: Runtime = import_module(f"services.{tier}.runtime").runtime(settings)
    try:
        yield runtime
    except Refused as error:
        raise click.ClickException(str(error)) from error
    except SQLAlchemyError as error:
        raise click.ClickException(f"{tier}: the database says: {str(error).splitlines()[0]}") from error
    finally:
        runtime.database.dispose()
