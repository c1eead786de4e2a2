"""The role-model library (英模库) as every tier below the county knows it."""

from sqlalchemy.orm import Session

from shared.contracts.documents import RoleModelPublished
from shared.sync.publications import documents


def library(session: Session) -> list[RoleModelPublished]:
    """Deeds that are published and not withdrawn, newest first."""
    newest = {one.deed_id: one for one in documents(session, RoleModelPublished)}
    kept = [one for one in newest.values() if not one.withdrawn]
    return sorted(kept, key=lambda one: one.published_at, reverse=True)
