"""Forms of commitments, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from services.branch.commitments.models import SPANS
from services.branch.commitments.proposing import REASON_LENGTH, Picked
from shared.kit.fields import GivenForm, Text, Ticked, Version
from shared.rules.commitments import ORIGINS, VERDICTS

MISSING = _("请填上这一项。")
DAY = _("请按 2026-10-16 这样写日期。")
WHOLE = _("请填整数。")
LONG = _("写得太长了。")


class CommitmentForm(GivenForm):
    """What, for whom, how many, by when. `confirmed` once the person has seen what the checks say."""

    id = fields.UUID(required=True, error_messages={"required": MISSING, "invalid_uuid": MISSING})
    what = Text(
        required=True,
        validate=validate.Length(min=1, max=400, error=_("最多写 400 字。")),
        error_messages={"required": _("请写要做什么。")},
    )
    for_whom = Text(load_default="", validate=validate.Length(max=120, error=LONG))
    target = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 1_000_000, error=_("数量应在 1 到 1000000 之间。")),
        error_messages={"invalid": WHOLE},
    )
    measure = Text(load_default="", validate=validate.Length(max=16, error=LONG))
    due = fields.Date(load_default=None, error_messages={"invalid": DAY})
    span = Text(load_default="year", validate=validate.OneOf(SPANS, error=MISSING))
    problem = fields.UUID(load_default=None, error_messages={"invalid_uuid": MISSING})
    confirmed = Text(load_default="")


class TaskForm(CommitmentForm):
    """The branch enters one for a member ('' for itself), with its origin and the three tests."""

    member = fields.UUID(load_default=None, error_messages={"invalid_uuid": MISSING})
    origin = Text(load_default="organisation", validate=validate.OneOf(ORIGINS, error=MISSING))
    wishes = fields.Boolean(load_default=None, truthy={"yes"}, falsy={"no"})
    strengths = fields.Boolean(load_default=None, truthy={"yes"}, falsy={"no"})
    needs = fields.Boolean(load_default=None, truthy={"yes"}, falsy={"no"})


class Selection(GivenForm):
    """Ticked commitments."""

    selected = fields.List(
        Ticked(Picked), required=True, error_messages={"required": _("请先勾选要办理的承诺。")}
    )


class ReasonForm(Selection):
    """Why commitments are returned."""

    reason = Text(
        required=True,
        validate=validate.Length(max=REASON_LENGTH, error=LONG),
        error_messages={"required": _("请写明理由，本人会看到。")},
    )


class DropForm(GivenForm):
    """Why a problem is not carried on."""

    reason = Text(
        required=True,
        validate=validate.Length(max=REASON_LENGTH, error=LONG),
        error_messages={"required": _("不列入下年承诺要写明理由。")},
    )


class ProgressForm(GivenForm):
    """What was done on a commitment."""

    id = fields.UUID(required=True, error_messages={"required": MISSING, "invalid_uuid": MISSING})
    day = fields.Date(required=True, error_messages={"required": MISSING, "invalid": DAY})
    amount = fields.Integer(
        load_default=0,
        validate=validate.Range(0, 1_000_000, error=WHOLE),
        error_messages={"invalid": WHOLE},
    )
    what = Text(
        required=True,
        validate=validate.Length(max=400, error=_("最多写 400 字。")),
        error_messages={"required": MISSING},
    )
    witness = Text(load_default="", validate=validate.Length(max=64, error=_("名字太长了。")))


class JudgeForm(GivenForm):
    """A verdict; empty: by the count. `share` in whole percent."""

    version = Version(required=True)
    verdict = Text(load_default="", validate=validate.OneOf(["", *VERDICTS], error=MISSING))
    share = fields.Integer(
        load_default=0, validate=validate.Range(0, 100, error=WHOLE), error_messages={"invalid": WHOLE}
    )
