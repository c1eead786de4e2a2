"""Forms and filters of the result's pages."""

from marshmallow import EXCLUDE, Schema, fields, validate

from shared.kit.fields import Text
from shared.kit.i18n import N_

SHORTEST, LONGEST = 5, 500


class ObjectionForm(Schema):
    """What is wrong with the result, in the village's words."""

    class Meta:
        unknown = EXCLUDE

    text = Text(
        required=True,
        validate=[
            validate.Length(min=SHORTEST, error=N_("请写明哪一项有误、应当是多少，至少 5 个字")),
            validate.Length(max=LONGEST, error=N_("异议最多 500 字，请删短一些")),
        ],
        error_messages={"required": N_("请写明哪一项有误、应当是多少，至少 5 个字")},
    )


class TableFilter(Schema):
    """How the county's table is narrowed, from the address."""

    class Meta:
        unknown = EXCLUDE

    township = Text(load_default="", validate=validate.Length(max=120))
    tier = Text(load_default="", validate=validate.OneOf(["", "0", *map(str, range(1, 10))]))
    q = Text(load_default="", validate=validate.Length(max=60))
    page = fields.Integer(load_default=1, validate=validate.Range(min=1, max=10_000))
    year = fields.Integer(load_default=None, validate=validate.Range(min=1900, max=9999))


class YearFilter(Schema):
    """Which year's contest is asked for; none: the newest."""

    class Meta:
        unknown = EXCLUDE

    year = fields.Integer(load_default=None, validate=validate.Range(min=1900, max=9999))
