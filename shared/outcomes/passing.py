"""The county's word on cases as it travels down: signed once, read only under the county's key."""

from collections.abc import Sequence

import msgspec
from sqlalchemy.orm import Session

from shared.contracts.outcomes import CasesDecided, CasesTold
from shared.sync.documents import verify_document
from shared.sync.publications import county_keys
from shared.sync.records import Received
from shared.sync.refusal import Unacceptable
from shared.sync.signer import Signer
from shared.sync.sql_store import SqlLedger

_decode = msgspec.json.Decoder(CasesTold).decode
_encode = msgspec.json.Encoder().encode


def decided(told: CasesTold, sign: Signer) -> CasesDecided:
    """What the county says, under its signature."""
    return CasesDecided(sign.document(_encode(told)))


def read_decided(session: Session, received: Sequence[Received]) -> list[CasesTold]:
    """What the county said; raises Untrusted for another's signature, Unacceptable for another branch."""
    find = county_keys(SqlLedger(session))
    found = []
    for item in received:
        verify_document(item.body.document, find)
        told = _decode(item.body.document.body)
        if told.branch_id != item.unit:
            raise Unacceptable("the county's word is about another branch")
        found.append(told)
    return found
