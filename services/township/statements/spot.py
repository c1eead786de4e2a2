"""The spot check (抽查) of a statement: which claims are to be looked at, drawn by the statement's own id."""

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID

# 5 % of the claims, at least three (UX.md, Township).
PERCENT, LEAST = 5, 3


def sample(statement_id: UUID, numbers: Iterable[int]) -> list[int]:
    """The claim numbers to look at, in ascending order: the same statement always draws the same ones."""
    known = set(numbers)
    many = max(LEAST, -(-len(known) * PERCENT // 100))
    return sorted(sorted(known, key=lambda number: _lot(statement_id, number))[:many])


def _lot(statement_id: UUID, number: int) -> bytes:
    return sha256(f"{statement_id}/{number}".encode()).digest()
