"""What a county publishes: each is the body of a SignedDocument and names its own kind."""

from uuid import UUID

import msgspec


class Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    """A published document; the tag travels inside the signed bytes."""


class RulebookPublished(Document, frozen=True, tag="rulebook.published"):
    """A rulebook version: `text` is its exact JSON, `hash` its canonical SHA-256."""

    hash: str
    name: str
    effective_from: str
    text: str
    published_at: str


class ContestOpened(Document, frozen=True, tag="contest.opened"):
    """A contest year begins: returns may be filed until `filing_until` (civil dates)."""

    contest_id: UUID
    county_id: UUID
    year: int
    title: str
    rulebook_hash: str
    filing_until: str
    verifying_until: str
    synthetic_note: str
    opened_at: str


class ContestStage(Document, frozen=True, tag="contest.stage"):
    """The contest moved on; a branch closes its forms and a township its verification by this."""

    contest_id: UUID
    stage: str
    at: str


class ResultRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One village's public line. Scores in integer hundredths; tier None means to be decided."""

    village_id: UUID
    code: str
    name: str
    township: str
    group: str
    score: int | None
    categories: dict[str, int]
    rank: int | None
    tier: int | None
    excluded: bool


class TierMeaning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tier's name and its three proposals, each still to be decided by people."""

    tier: int
    name: str
    proposals: dict[str, str]


class ResultAnnounced(Document, frozen=True, tag="result.announced"):
    """The whole county's ranking, under publicity or published; `supersedes` where it corrects one."""

    contest_id: UUID
    edition: int
    stage: str  # publicity | published
    year: int
    title: str
    objections_until: str
    rows: list[ResultRow]
    tiers: list[TierMeaning]
    result_hash: str
    synthetic_note: str
    correction_reason: str
    announced_at: str


# What a derivation names as the author of a figure the county put right after publication.
COUNTY_CORRECTION = "县级更正"


class IndicatorLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One indicator of 'why this tier': as filed, as verified, who changed it, points in hundredths."""

    code: str
    name: str
    category: str
    unit: str
    filed: str
    verified: str
    changed_by: str
    change_reason: str
    points: int
    weight: int

    @property
    def corrected(self) -> bool:
        """Whether the county put this figure right after publication, back to what was filed included."""
        return self.changed_by == COUNTY_CORRECTION

    @property
    def changed(self) -> bool:
        """Whether anybody changed the figure."""
        return self.filed != self.verified or self.corrected


class VillageResult(Document, frozen=True, tag="village.result"):
    """Why one village stands where it stands; goes to that village's township and branch only."""

    contest_id: UUID
    edition: int
    stage: str
    village_id: UUID
    score: int | None
    rank: int | None
    tier: int | None
    reason: str
    lines: list[IndicatorLine]
    announced_at: str


class FilingException(Document, frozen=True, tag="filing.exception"):
    """One village may file after the deadline, until `until`; goes to its township and branch only.

    `revoked_at` is '' while it holds; `at` is when the county said so. Moments are ISO texts.
    """

    exception_id: UUID
    contest_id: UUID
    village_id: UUID
    until: str
    reason: str
    by: str
    at: str
    revoked_at: str
    revoke_reason: str


class UnitRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A unit as the county now keeps it; dates are ISO texts, '' where there is none.

    `general_id`: the general branch that looks after a branch; left out where there is none.
    """

    id: UUID
    code: str
    name: str
    level: str
    kind: str
    parent_id: UUID
    path: str
    closed_on: str
    successor_id: UUID | None
    general_id: UUID | None = None


class UnitsChanged(Document, frozen=True, tag="unit.changed"):
    """Units added, renamed, moved, merged or closed by the county. Past results keep their own tree."""

    change_id: UUID
    rows: list[UnitRow]
    reason: str
    changed_at: str


class YearOpened(Document, frozen=True, tag="year.opened"):
    """A year of points begins. `rulebooks` by kind: 'points/rural' … 'appraisal' → hash of a published one.

    `ranked`: whether members are ranked inside their branch.
    """

    county_id: UUID
    year: int
    rulebooks: dict[str, str]
    ranked: bool
    synthetic_note: str
    opened_at: str


class YearClosed(Document, frozen=True, tag="year.closed"):
    """A year of points is closed: nothing of it changes any more, but by an upheld appeal."""

    county_id: UUID
    year: int
    by: str
    closed_at: str


class RoleModelPublished(Document, frozen=True, tag="role_model.published"):
    """A deed published to all, or taken out of the library again (`withdrawn`)."""

    deed_id: UUID
    branch_id: UUID
    name: str
    place: str
    title: str
    text: str
    synthetic_note: str
    withdrawn: bool
    published_at: str


class ClassLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One step of how a class came about, in both languages, with the clause of the rulebook."""

    text: str
    text_en: str
    clause: str


class UnitClassed(Document, frozen=True, tag="unit.classed"):
    """A unit's class of a year as the county approved it, with why; goes to that unit and its upper tier.

    Hundredths; `seats` of the best class for `graded` units. `rectify_until` and `review_until` are civil
    dates, '' where there is nothing to put right.
    """

    unit_id: UUID
    pool_id: UUID
    classing_id: UUID
    year: int
    rulebook: str
    rule_version: int
    digest: str
    base: int
    months: int
    bonus: int
    deductions: int
    appraisal: int
    total: int
    grade: str
    rank: int | None
    graded: int
    seats: int
    lines: list[ClassLine]
    problems: list[str]
    rectify_until: str
    review_until: str
    proposed_by: str
    confirmed_by: str
    accepted_by: str
    approved_by: str
    at: str


class UnitReviewed(Document, frozen=True, tag="unit.reviewed"):
    """What the county decided on a unit's request for review; upheld, it says the class and adds `points`."""

    unit_id: UUID
    classing_id: UUID
    request_id: UUID
    year: int
    upheld: bool
    grade: str
    points: int
    reason: str
    rectify_until: str
    decided_by: str
    confirmed_by: str
    at: str


class UnitBase(Document, frozen=True, tag="unit.base"):
    """The base a unit begins `year` with, as the county carried it, and last year's problems."""

    unit_id: UUID
    year: int
    base: int
    from_total: int
    from_earned: int
    problems: list[str]
    at: str


DOCUMENTS = (
    UnitClassed
    | UnitReviewed
    | UnitBase
    | RoleModelPublished
    | YearOpened
    | YearClosed
    | UnitsChanged
    | RulebookPublished
    | ContestOpened
    | ContestStage
    | ResultAnnounced
    | VillageResult
    | FilingException
)
_decoder: msgspec.json.Decoder[DOCUMENTS] = msgspec.json.Decoder(DOCUMENTS)
_encoder = msgspec.json.Encoder(order="deterministic")


def read_document(body: bytes) -> DOCUMENTS:
    """The document in `body`; raises msgspec.ValidationError where it is none of ours."""
    return _decoder.decode(body)


def write_document(document: DOCUMENTS) -> bytes:
    """The exact bytes to sign."""
    return _encoder.encode(document)


def document_kind(document: DOCUMENTS) -> str:
    """The kind its envelope carries."""
    return str(document.__struct_config__.tag)


def stamp_of(document: DOCUMENTS) -> str:
    """When the county said it, by its own clock: the order of documents about one subject."""
    match document:
        case RulebookPublished() | RoleModelPublished():
            return document.published_at
        case ContestOpened() | YearOpened():
            return document.opened_at
        case ResultAnnounced() | VillageResult():
            return document.announced_at
        case UnitsChanged():
            return document.changed_at
        case YearClosed():
            return document.closed_at
        case ContestStage() | FilingException() | UnitClassed() | UnitReviewed() | UnitBase():
            return document.at


def subject_of(document: DOCUMENTS) -> str:
    """What a document is about: a rulebook's hash, a contest, or a village in a contest."""
    match document:
        case RulebookPublished():
            return document.hash
        case VillageResult() | FilingException():
            return f"{document.contest_id}/{document.village_id}"
        case UnitClassed() | UnitReviewed() | UnitBase():
            return f"{document.unit_id}/{document.year}"
        case UnitsChanged():
            return str(document.change_id)
        case YearOpened() | YearClosed():
            return f"year/{document.year}"
        case RoleModelPublished():
            return str(document.deed_id)
        case ContestOpened() | ContestStage() | ResultAnnounced():
            return str(document.contest_id)
