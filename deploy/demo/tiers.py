"""The demo's hold on the three tiers: their runtimes, and work that outlives a killed process."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeVar

import click
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from deploy.demo.calendar import YEAR
from services.branch.peers import ACTIONS as BRANCH
from services.county.peers import ACTIONS as COUNTY
from services.township.peers import ACTIONS as TOWNSHIP
from shared.kit.scope import EVERYTHING
from shared.kit.settings import Settings
from shared.sync.contests import OpenContest, contest_by_id, contest_of_year
from shared.sync.refusal import Unreachable
from shared.sync.runtime import Runtime, assemble

Result = TypeVar("Result")
TIERS_BY_NAME = ("county", "township", "branch")
ACTIONS = {"county": COUNTY, "township": TOWNSHIP, "branch": BRANCH}
# A killed server is back within seconds; a minute of trying is far beyond that.
PATIENCE = 90.0
STILL = 600.0


@dataclass(frozen=True)
class Tiers:
    """Runtimes by tier. Every step reads what is there first, so doing it twice does it once."""

    county: Runtime
    township: Runtime
    branch: Runtime

    @classmethod
    def of(cls, environments: Mapping[str, Mapping[str, str]]) -> "Tiers":
        """From each tier's settings."""
        made = {
            tier: assemble(Settings.from_env(tier, env), ACTIONS[tier]) for tier, env in environments.items()
        }
        return cls(**made)

    def close(self) -> None:
        """Let the databases go."""
        for runtime in (self.county, self.township, self.branch):
            runtime.database.dispose()


def within(runtime: Runtime) -> AbstractContextManager[Session]:
    """A transaction of one tier over every unit."""
    return runtime.database.transaction(EVERYTHING)


def demo_contest(session: Session) -> OpenContest | None:
    """The demo's own contest as a lower tier knows it: whatever people opened since is theirs."""
    opened = contest_of_year(session, YEAR)
    return contest_by_id(session, opened.contest_id) if opened else None


def steadily(work: Callable[[], Result]) -> Result:
    """Do `work`, again while a killed server is coming back; after a minute and a half the error is real."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError, Unreachable):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def wait_for(what: str, done: Callable[[], int], total: int) -> None:
    """Show progress until `done` reaches `total`; gives up after ten minutes without any."""
    last, moved = -1, time.monotonic()
    with click.progressbar(length=total, label=f"  {what}", show_eta=False) as bar:
        while True:
            count = steadily(done)
            if count > max(last, 0):
                bar.update(count - max(last, 0))
            if count >= total:
                return
            if count != last:
                last, moved = count, time.monotonic()
            if time.monotonic() - moved > STILL:
                raise click.ClickException(
                    f"{what}: {count} of {total} after ten minutes; see `sanji sync status`"
                )
            time.sleep(0.2)
