"""Forms of comments, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import fields, validate

from shared.kit.fields import Form, Text

MISSING = _("请填上这一项。")
WHOM = _("请选被点评的党员。")


def words(least: int, most: int) -> Text:
    """A text of so many characters."""
    said = _("请写 %(least)s 到 %(most)s 个字。", least=least, most=most)
    return Text(
        required=True,
        validate=[
            validate.Length(min=least, max=most, error=said),
            validate.Predicate("strip", error=MISSING),
        ],
        error_messages={"required": MISSING},
    )


class CommentForm(Form):
    """On whom, and what; `id` keeps a resend from doubling."""

    id = fields.UUID(required=True, error_messages={"required": MISSING, "invalid_uuid": MISSING})
    about = words(2, 64)
    text = words(5, 200)


class PublishForm(Form):
    """Whom it is about, as the branch knows."""

    member = fields.UUID(
        required=True,
        error_messages={"required": _("请选被点评的党员。"), "invalid_uuid": _("请选被点评的党员。")},
    )


class ReasonForm(Form):
    """Why it is not published, or taken down."""

    reason = words(1, 400)


class ReplyForm(Form):
    """The answer of whom it is about."""

    reply = words(1, 400)
