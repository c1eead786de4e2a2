"""Forms of general branches, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from shared.kit.fields import Form, Text

MISSING = _("请填上这一项。")
WHY = _("请写明依据或理由，各级会看到。")
CODE_LENGTH, NAME_LENGTH, REASON_LENGTH = 32, 120, 200


def _filled(most: int, missing: str = MISSING) -> list[validate.Validator]:
    return [
        validate.Regexp(r"^\s*\S", error=missing),
        validate.Length(max=most, error=_("太长了，请写短一些。")),
    ]


class ReasonForm(Form):
    """Why the tree changes; the tiers below are told."""

    reason = Text(
        required=True,
        validate=_filled(REASON_LENGTH, WHY),
        error_messages={"required": WHY},
    )


class GeneralForm(ReasonForm):
    """A new general branch."""

    township = fields.UUID(
        required=True, error_messages={"required": MISSING, "invalid_uuid": _("请从列出的选项中选。")}
    )
    code = Text(
        required=True,
        validate=validate.Regexp(
            rf"^\s*[0-9A-Za-z]{{1,{CODE_LENGTH}}}\s*$", error=_("代码只用数字和字母，最多 32 位。")
        ),
        error_messages={"required": MISSING},
    )
    name = Text(required=True, validate=_filled(NAME_LENGTH), error_messages={"required": MISSING})


class BranchesForm(ReasonForm):
    """The branches ticked."""

    branches = fields.List(
        fields.UUID(error_messages={"invalid_uuid": _("页面上的选择读不出来，请重新选。")}),
        required=True,
        validate=validate.Length(min=1, error=_("请先勾选支部。")),
        error_messages={"required": _("请先勾选支部。")},
    )
