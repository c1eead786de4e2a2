"""Forms of the ranking, as posted."""

from flask_babel import lazy_gettext as _
from marshmallow import EXCLUDE, Schema, validate

from services.branch.ranking.actions import WORDS_LENGTH
from shared.kit.fields import Text


class WordsForm(Schema):
    """An objection or its answer."""

    class Meta:
        unknown = EXCLUDE

    words = Text(
        required=True,
        validate=[
            validate.Length(max=WORDS_LENGTH, error=_("最多写 400 字。")),
            validate.Predicate("strip", error=_("请填上这一项。")),
        ],
        error_messages={"required": _("请填上这一项。")},
    )
