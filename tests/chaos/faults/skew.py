"""Two versions side by side: an old worker beside a new one, messages that the tier above learns later."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

from shared.kit.revisions import revisions
from tests.chaos.county import County
from tests.chaos.faults import Stage
from tests.chaos.place import KINDS, ROOT, Place
from tests.stack.test_rolling import MIGRATION

_HELD = "SELECT count(*), max(held_reason) FROM stream_head WHERE side = 'in' AND applied_seq < seq"
_NEWER = "SELECT count(*) FROM outbox WHERE kind = 'deed.proposed' AND version = 2"
_CLASS = '    KIND: ClassVar[str] = "deed.proposed"\n\n'
_LAST = "    by: str\n    at: str\n\n\nclass DeedDeclined"
_PEER = re.compile(r"\(DeedProposed\.KIND, 1\): (Action\([^)]*\)),")


def schema_skew(stage: Stage) -> None:
    """The branch goes first, the county last; every tier for a while with one old worker beside a new one."""
    tree = newer(stage.county)
    places = stage.county.places
    for tier in ("branch", "township", "county"):
        place = places[tier]
        _beside(place, tree)
        stage.load.wait_more(6)
        place.stop("worker2")
        _upgrade(place, tree)
        if tier != "county":
            _see_held(stage, places["township" if tier == "branch" else "county"])


def newer(county: County) -> Path:
    """This code one version later: a migration more, and deeds with a word of praise (version 2)."""
    tree = county.folder / "newer"
    for part in ("services", "shared"):
        shutil.copytree(ROOT / part, tree / part, ignore=shutil.ignore_patterns("__pycache__"))
    later = tree / "services/branch/migrations/versions/9999_later.py"
    later.write_text(MIGRATION.format(head=revisions("branch").head))
    deeds = tree / "shared/contracts/deeds.py"
    _edit(deeds, _CLASS, _CLASS.rstrip("\n") + "\n    VERSION: ClassVar[int] = 2\n\n")
    _edit(deeds, _LAST, _LAST.replace("at: str\n", 'at: str\n    praise: str = "合成"\n'))
    _edit(tree / "shared/contracts/__init__.py", "for older in (", "for older in (DeedProposed, ")
    for peers in tree.glob("services/*/peers.py"):
        text = peers.read_text()
        made = _PEER.sub(r"**dict.fromkeys(((DeedProposed.KIND, 1), (DeedProposed.KIND, 2)), \1),", text)
        assert made != text, peers
        peers.write_text(made)
    return tree


def _edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text, f"{path} is not as this fault knows it"
    path.write_text(text.replace(before, after))


def _beside(place: Place, tree: Path) -> None:
    """A worker of the newer program on the same queue as the old one; the database is ahead of the old."""
    place.told["migrate"] = place.told["worker2"] = {"PYTHONPATH": str(tree)}
    place.migrate()
    place.start("worker2")


def _upgrade(place: Place, tree: Path) -> None:
    for kind in KINDS:
        place.told[kind] = {"PYTHONPATH": str(tree)}
        place.restart(kind)


def _see_held(stage: Stage, above: Place) -> None:
    """The tier above receives what it does not know yet, and keeps it until it is upgraded."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        stage.load.wait_more(2, 5)
        ((streams, reason),) = above.ask(_HELD)
        if streams:
            stage.struck.at(f"{above.tier}: {streams} streams held, the first {reason}")
            return
