"""A member's grading out of a filing's exact bytes, worked out again by the rule that every tier uses."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from shared.contracts.appraisal import AppraisalFiled, GradedLine
from shared.contracts.regrade import differences, inputs_digest, regrade
from shared.explaining.held import Grading, Step
from shared.rules.appraisal import Rulebook
from shared.rules.words import Line, RuleError

Reasons = tuple[Sequence[Line], Line, Sequence[Line]]
_decode = msgspec.json.Decoder(AppraisalFiled).decode


def grading_of(
    member: UUID,
    original: bytes,
    rulebook: Rulebook,
    steps: tuple[Step, ...],
    *,
    confirmed: bool,
    digest: str | None = None,
    line: GradedLine | None = None,
    off: str = "",
) -> Grading | None:
    """The filing's grading of the member; None where it has none. Raises Unreadable.

    `digest` and `line` are what the tier wrote beside the bytes, to be compared with them; `off` says how
    the bytes differ from those that the stream brought.
    """
    filed = read(original)
    given = next((one for one in filed.inputs if one.member_id == member), None)
    stated = next((one for one in filed.grades if one.member_id == member), None)
    if given is None or stated is None:
        return None
    again = ", ".join(filter(None, (off, _again(filed, rulebook, digest, line, stated))))
    scored, totalled, graded = _reasons(member, filed, rulebook)
    return Grading(
        unit_id=filed.branch_id,
        rulebook=rulebook,
        pinned=filed.rulebook,
        rule_version=filed.rule_version,
        digest=filed.digest,
        given=given,
        stated=line or stated,
        scored=scored,
        totalled=totalled,
        graded=graded,
        ties=[one for one in filed.decisions if member in one.members],
        steps=steps,
        again=again,
        confirmed=confirmed,
    )


def _reasons(member: UUID, filed: AppraisalFiled, rulebook: Rulebook) -> Reasons:
    """The rule's own lines; none where it cannot grade these inputs, which `again` says."""
    try:
        found = regrade(rulebook, filed.inputs, filed.decisions, filed.skip_reason)
    except RuleError:
        return (), Line("", ""), ()
    return found.points[member].lines, found.totals[member], found.by_member[member].lines


class Unreadable(Exception):
    """The bytes are not a filing any more."""


def read(original: bytes) -> AppraisalFiled:
    """A filing from its bytes; raises Unreadable."""
    try:
        return _decode(original)
    except msgspec.DecodeError as error:
        raise Unreadable(str(error)) from error


def _again(
    filed: AppraisalFiled,
    rulebook: Rulebook,
    digest: str | None,
    line: GradedLine | None,
    stated: GradedLine,
) -> str:
    """'' where all is equal, else what differs."""
    found = [
        ("rulebook", filed.rulebook != rulebook.hash),
        ("digest beside the bytes", digest is not None and digest != filed.digest),
        ("digest", inputs_digest(rulebook, filed.inputs, filed.decisions, filed.skip_reason) != filed.digest),
        ("stored grade", line is not None and line != stated),
    ]
    names = [name for name, off in found if off]
    return ", ".join([*names, *_regraded(filed, rulebook)])


def _regraded(filed: AppraisalFiled, rulebook: Rulebook) -> Sequence[str]:
    try:
        off = differences(filed, rulebook)
    except RuleError as error:
        return [str(error)]
    return [f"graded otherwise: {len(off)}"] if off else []
