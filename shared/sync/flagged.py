"""Audit logs that no longer hold what was countersigned, in words for the desk."""

from __future__ import annotations

from flask_babel import gettext

from shared.sync.anchors import Break
from shared.sync.node import Node
from shared.sync.records import CHILD, PARENT
from shared.sync.store import Ledger


def flagged(node: Node) -> list[str]:
    """One sentence for every break that nobody has accepted; none on a healthy day."""
    with node.store.work() as ledger:
        found = ledger.open_breaks()
        return [_words(node, ledger, one) for one in found]


def _words(node: Node, ledger: Ledger, one: Break) -> str:
    me = node.identity(ledger).node
    names = {peer.node: peer.name for relation in (CHILD, PARENT) for peer in ledger.peers(relation)}
    words: str
    if one.node == one.by == me:
        words = gettext(
            "本级审计日志从第 %(seal)s 条起和封存的不一致，日志被动过。请审计管理员立即查明。", seal=one.seq
        )
    elif one.node == me:
        words = gettext(
            "本级审计日志第 %(seal)s 条和%(name)s会签的不一致：日志被动过，或数据库恢复过旧备份，请查明。",
            seal=one.seq,
            name=names.get(one.by, ""),
        )
    else:
        words = gettext(
            "%(name)s的审计日志第 %(seal)s 条和这里会签的不一致：日志被动过，或数据库恢复过旧备份，请查明。",
            seal=one.seq,
            name=names.get(one.node, ""),
        )
    return words
