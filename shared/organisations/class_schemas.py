"""Forms of classing, as posted."""

from dataclasses import dataclass
from uuid import UUID

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from shared.kit.fields import Form, Text, Version, ticked
from shared.organisations.classing import REASON_LENGTH

CHOOSE = _("请选核查结论和初定意见。")
SEEN = _("页面不完整，请刷新后再办。")


@dataclass(frozen=True)
class Seen:
    """A ticked unit; `version` is of no use here: its report's id is posted beside it."""

    id: UUID
    version: int


class CheckForm(Form):
    """Finding and opinion on the ticked units' reports."""

    selected = ticked(Seen, _("请先勾选要核查的党组织。"))
    finding = Text(required=True, error_messages={"required": CHOOSE})
    opinion = Text(required=True, error_messages={"required": CHOOSE})
    problems = Text(load_default="", validate=validate.Length(max=2200, error=_("问题写得太长了。")))


class ReasonForm(Form):
    """A reason that an action asks for itself."""

    reason = Text(
        load_default="", validate=validate.Length(max=REASON_LENGTH, error=_("理由最多写 200 字。"))
    )


class ProposeForm(ReasonForm):
    """Proposing, with a meeting's choice among equals where there are any."""

    chosen = fields.List(fields.UUID(error_messages={"invalid_uuid": SEEN}), load_default=list)


class StandingForm(ReasonForm):
    """A decision on a classing as it was seen."""

    classing = fields.UUID(required=True, error_messages={"required": SEEN, "invalid_uuid": SEEN})
    version = Version(required=True, error_messages={"required": SEEN, "invalid": SEEN})


class JudgeForm(ReasonForm):
    """A word on what was put right."""

    verdict = Text(required=True, validate=validate.OneOf(["closed", "returned"], error=SEEN))
