"""Read-only registers: units and nodes for the system administrator, the log for the auditor."""

from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from services.county.contest.trial_page import Pages
from services.county.registry import reading
from services.county.registry.wording import act
from shared.kit.guard import allow
from shared.kit.web import db, me, now
from shared.sync.node import all_keys
from shared.sync.proving import Proof, prove
from shared.sync.reporting import status

registry = Blueprint("registry", __name__, url_prefix="/registry", template_folder="templates")
log = Blueprint("log", __name__, url_prefix="/log", template_folder="templates")


def pages(endpoint: str, total: int, **query: Any) -> Pages:
    last = max(1, -(-total // reading.PAGE))
    current = min(max(1, request.args.get("page", 1, type=int)), last)
    kept = {name: value for name, value in query.items() if value}
    return Pages(current, last, total, lambda page: url_for(endpoint, page=page, **kept))


def page_asked() -> int:
    return max(1, min(request.args.get("page", 1, type=int), 10**6))


def sections(active: str) -> list[dict[str, Any]]:
    """The registers beside each other, as chips: those that this person may see."""
    names = (
        ("registry.units", gettext("单位"), "unit.see"),
        ("registry.nodes", gettext("节点与同步"), "sync.see"),
        ("accounts.page", gettext("账号"), "accounts.see"),
    )
    return [
        {"label": label, "count": None, "href": url_for(name), "active": name == active}
        for name, label, permission in names
        if me().may(permission)
    ]


def _levels() -> dict[str, str]:
    return {"county": gettext("县"), "township": gettext("乡镇"), "branch": gettext("村居")}


@registry.get("/units")
@allow("unit.see")
def units() -> ResponseReturnValue:
    """The unit tree, paged."""
    words = request.args.get("q", "").strip().replace("\0", "")[:60]
    found, total = reading.unit_page(db(), words, page_asked())
    return render_template(
        "county/units.html",
        sections=sections("registry.units"),
        units=found,
        counts=reading.count_units(db()),
        levels=_levels(),
        generals=reading.count_generals(db()),
        words=words,
        pages=pages("registry.units", total, q=words),
    )


@registry.get("/nodes")
@allow("sync.see")
def nodes() -> ResponseReturnValue:
    """The enrolled nodes, when each was last heard, and what is under way in its streams."""
    streams = status(current_app.extensions["sanji.runtime"].node)
    return render_template(
        "county/nodes.html",
        sections=sections("registry.nodes"),
        nodes=reading.nodes(db(), streams),
        tiers=_levels(),
        relations={
            "self": gettext("本节点"),
            "parent": gettext("上级"),
            "child": gettext("下级"),
            "above": gettext("更上级"),
        },
    )


def _proof() -> Proof:
    """The chain worked out again, with what this database itself keeps of the townships' countersigning."""
    node = current_app.extensions["sanji.runtime"].node
    with node.store.work() as ledger:
        return prove(ledger, node.identity(ledger).node, all_keys(node, ledger), now())


@log.get("")
@allow("audit.see")
def page() -> ResponseReturnValue:
    """The audit log, newest first; `verify` in the URL recomputes the chain."""
    action = request.args.get("action", "")[:64].replace("\0", "")
    found, total = reading.events(db(), action, page_asked())
    verify = request.args.get("verify") == "1"
    return render_template(
        "county/audit.html",
        act=act,
        events=found,
        action=action,
        actions=reading.actions(db()),
        waiting=reading.unsealed(db())[0],
        sealed=reading.sealed_count(db()),
        proof=_proof() if verify else None,
        pages=pages("log.page", total, action=action),
    )
