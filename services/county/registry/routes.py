"""Read-only registers: units, nodes and accounts for the system administrator, the log for the auditor."""

from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from services.county.contest.trial_page import Pages
from services.county.registry import reading
from services.county.registry.wording import act
from shared.kit.guard import allow
from shared.kit.web import db, now
from shared.sync.node import all_keys
from shared.sync.proving import Proof, prove
from shared.sync.reporting import status

registry = Blueprint("registry", __name__, url_prefix="/registry", template_folder="templates")
log = Blueprint("log", __name__, url_prefix="/log", template_folder="templates")


def _pages(endpoint: str, total: int, **query: Any) -> Pages:
    last = max(1, -(-total // reading.PAGE))
    current = min(max(1, request.args.get("page", 1, type=int)), last)
    kept = {name: value for name, value in query.items() if value}
    return Pages(current, last, total, lambda page: url_for(endpoint, page=page, **kept))


def _page() -> int:
    return max(1, min(request.args.get("page", 1, type=int), 10**6))


def _sections(active: str) -> list[dict[str, Any]]:
    """The registers beside each other, as chips."""
    names = (("units", gettext("单位")), ("nodes", gettext("节点与同步")), ("accounts", gettext("账号")))
    return [
        {"label": label, "count": None, "href": url_for(f"registry.{name}"), "active": name == active}
        for name, label in names
    ]


def _levels() -> dict[str, str]:
    return {"county": gettext("县"), "township": gettext("乡镇"), "branch": gettext("村居")}


@registry.get("/units")
@allow("unit.see")
def units() -> ResponseReturnValue:
    """The unit tree, paged."""
    words = request.args.get("q", "").strip().replace("\0", "")[:60]
    found, total = reading.unit_page(db(), words, _page())
    return render_template(
        "county/units.html",
        sections=_sections("units"),
        units=found,
        counts=reading.count_units(db()),
        levels=_levels(),
        generals=reading.count_generals(db()),
        words=words,
        pages=_pages("registry.units", total, q=words),
    )


@registry.get("/nodes")
@allow("sync.see")
def nodes() -> ResponseReturnValue:
    """The enrolled nodes, when each was last heard, and what is under way in its streams."""
    streams = status(current_app.extensions["sanji.runtime"].node)
    return render_template(
        "county/nodes.html",
        sections=_sections("nodes"),
        nodes=reading.nodes(db(), streams),
        tiers=_levels(),
        relations={
            "self": gettext("本节点"),
            "parent": gettext("上级"),
            "child": gettext("下级"),
            "above": gettext("更上级"),
        },
    )


@registry.get("/accounts")
@allow("accounts.manage")
def accounts() -> ResponseReturnValue:
    """The accounts with their posts; they are made by the administrator's command line."""
    found, total = reading.accounts(db(), _page())
    return render_template(
        "county/accounts.html",
        sections=_sections("accounts"),
        accounts=found,
        pages=_pages("registry.accounts", total),
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
    found, total = reading.events(db(), action, _page())
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
        pages=_pages("log.page", total, action=action),
    )
