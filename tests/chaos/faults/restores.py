"""A tier's database put back to an older backup, with the product's own commands, while the others go on."""

from __future__ import annotations

from tests.chaos.checking import look
from tests.chaos.county import County
from tests.chaos.faults import Stage
from tests.chaos.records import HOLDERS, HOME, Operations

_SELF = "SELECT node_id FROM peer WHERE relation = 'self'"
# Who countersigns a tier's audit log, and has to be told that it may go on after a restore.
KEEPER = {"branch": "township", "township": "county"}
BETWEEN = 15
"""Acts that go well between a backup and its restore."""


def parent_restored(stage: Stage) -> None:
    """The township, which both sends and receives."""
    stage.operations.echoes = True
    _restored(stage, "township")


def child_restored(stage: Stage) -> None:
    """The branches' service."""
    _restored(stage, "branch")


def _restored(stage: Stage, tier: str) -> None:
    place, file = stage.county.places[tier], stage.county.folder / f"{tier}.tar"
    code, words = place.run("backup", str(file), "--tier", tier)
    assert code == 0, words
    stage.load.wait_more(BETWEEN)
    place.run("sync", "reconcile", "--tier", tier)  # its log's end is countersigned: the restore will be seen
    place.stop()
    gone = forget_unsaid(stage.county, stage.operations, tier)
    before = place.ask("SELECT count(*) FROM outbox")[0][0]
    code, words = place.run("restore", str(file), "--tier", tier, "--yes")
    assert code == 0, words
    after = place.ask("SELECT count(*) FROM outbox")[0][0]
    if after < before:
        stage.struck.at(f"{tier} lost {before - after} messages of {before}; {gone} acts had never left it")
    node = str(place.ask(_SELF)[0][0])
    place.start()
    stage.load.wait_more(8, 60)
    above = stage.county.places[KEEPER[tier]]
    place.run("sync", "reconcile", "--tier", tier)
    reason = "restored from a backup (chaos)"
    code, words = above.run("audit", "accept", "--tier", KEEPER[tier], "--node", node, "--reason", reason)
    if code == 0:
        stage.struck.at(f"seen by the {KEEPER[tier]}, and accepted: {words.strip()}")
    else:
        assert "no break" in words, words


def forget_unsaid(county: County, operations: Operations, tier: str) -> int:
    """What only this tier holds goes with it: such acts are unknown from now on; how many."""
    found, gone = look(county), 0
    for one in operations.all():
        elsewhere = [holder for holder in HOLDERS[one.kind] if not holder.startswith(tier)]
        if (
            HOME[one.kind] == tier
            and one.outcome == "ok"
            and not any(found[at][one.word] for at in elsewhere)
        ):
            one.outcome, gone = "unknown", gone + 1
    return gone
