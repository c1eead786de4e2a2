"""A county document on its way down: the signed bytes, carried verbatim by every relay."""

from typing import ClassVar

from shared.contracts.documents import DOCUMENTS, document_kind
from shared.contracts.returns import Wire
from shared.contracts.signed import SignedDocument


class Published(Wire, frozen=True):
    """`document` is the signed document; its body names the same kind (see documents.py)."""

    document: SignedDocument


class RulebookPublication(Published, frozen=True):
    """Carries documents.RulebookPublished."""

    KIND: ClassVar[str] = "rulebook.published"


class ContestOpening(Published, frozen=True):
    """Carries documents.ContestOpened."""

    KIND: ClassVar[str] = "contest.opened"


class StageChange(Published, frozen=True):
    """Carries documents.ContestStage."""

    KIND: ClassVar[str] = "contest.stage"


class ResultAnnouncement(Published, frozen=True):
    """Carries documents.ResultAnnounced."""

    KIND: ClassVar[str] = "result.announced"


class VillageResultNotice(Published, frozen=True):
    """Carries documents.VillageResult."""

    KIND: ClassVar[str] = "village.result"


class FilingExceptionNotice(Published, frozen=True):
    """Carries documents.FilingException."""

    KIND: ClassVar[str] = "filing.exception"


class UnitChange(Published, frozen=True):
    """Carries documents.UnitsChanged."""

    KIND: ClassVar[str] = "unit.changed"


class YearOpening(Published, frozen=True):
    """Carries documents.YearOpened."""

    KIND: ClassVar[str] = "year.opened"


class YearClosure(Published, frozen=True):
    """Carries documents.YearClosed."""

    KIND: ClassVar[str] = "year.closed"


class RoleModelNotice(Published, frozen=True):
    """Carries documents.RoleModelPublished."""

    KIND: ClassVar[str] = "role_model.published"


class UnitClassNotice(Published, frozen=True):
    """Carries documents.UnitClassed."""

    KIND: ClassVar[str] = "unit.classed"


class UnitReviewNotice(Published, frozen=True):
    """Carries documents.UnitReviewed."""

    KIND: ClassVar[str] = "unit.reviewed"


class UnitBaseNotice(Published, frozen=True):
    """Carries documents.UnitBase."""

    KIND: ClassVar[str] = "unit.base"


PUBLICATIONS: tuple[type[Published], ...] = (
    RulebookPublication,
    ContestOpening,
    StageChange,
    ResultAnnouncement,
    VillageResultNotice,
    FilingExceptionNotice,
    UnitChange,
    YearOpening,
    YearClosure,
    RoleModelNotice,
    UnitClassNotice,
    UnitReviewNotice,
    UnitBaseNotice,
)
_carrier = {publication.KIND: publication for publication in PUBLICATIONS}


def carrier(document: DOCUMENTS) -> type[Published]:
    """The contract that carries this document."""
    return _carrier[document_kind(document)]
