"""The county's forms of a contest, read and checked; messages are msgids."""

from typing import Any

from flask_babel import lazy_gettext
from marshmallow import ValidationError, fields, validate

from services.county.contest.listing import Wanted
from shared.kit.errors import Absent
from shared.kit.fields import Form, Text, Version
from shared.kit.i18n import N_

TEXT = 2000
LARGEST = 2**31 - 1
MISSING = lazy_gettext(N_("请填上这一项。"))
DAY = lazy_gettext(N_("请按 2026-10-16 这样写日期。"))
WHOLE = lazy_gettext(N_("请填整数。"))
NOT_ONE_OF = lazy_gettext(N_("请从列出的选项中选。"))


class Words(Text):
    """Text without the blanks around it; `least` 1 makes it obligatory."""

    def __init__(self, most: int = TEXT, least: int = 1, **kwargs: Any) -> None:
        errors = {"required": MISSING, "null": MISSING, "invalid": MISSING}
        super().__init__(required=least > 0, error_messages=errors, **kwargs)
        self.least, self.most = least, most

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs)).strip()
        if len(text) < self.least:
            raise ValidationError([str(MISSING)])
        if len(text) > self.most:
            raise ValidationError([str(lazy_gettext("最多 %(most)s 个字。", most=self.most))])
        return text


class ContestForm(Form):
    """A new contest year, or a draft put right."""

    year = fields.Integer(
        required=True,
        validate=validate.Range(2000, 2100, error=lazy_gettext("年度应在 2000 到 2100 之间。")),
        error_messages={"required": MISSING, "invalid": WHOLE},
    )
    title = Words(120)
    rulebook_hash = Words(64)
    filing_until = fields.Date(required=True, error_messages={"required": MISSING, "invalid": DAY})
    verifying_until = fields.Date(required=True, error_messages={"required": MISSING, "invalid": DAY})
    synthetic_note = Words(200, 0, load_default="")


class StageForm(Form):
    """A step on or back; `version` is the contest's as the page showed it."""

    after = Text(required=True)
    version = Version(required=True)
    reason = Words(TEXT, 0, load_default="")


class GiveBackForm(Form):
    """A rolled-up return given back: which one, and why."""

    return_id = fields.UUID(required=True)
    reason = Words()


class TieForm(Form):
    """A tie decided. `villages` is the block as shown; `village` who goes up, or 'code:tier' for each."""

    version = Version(required=True)
    villages = fields.List(Text(), required=True)
    village = fields.List(Text(), load_default=list)
    reason = Words(TEXT, 0, load_default="")


class AnswerForm(Form):
    """An objection answered."""

    upheld = fields.Boolean(
        required=True, truthy={"yes"}, falsy={"no"}, error_messages={"required": MISSING, "invalid": MISSING}
    )
    answer = Words()


class LockForm(Form):
    """The typed confirmation."""

    confirmation = Words(120, 0, load_default="")


class CorrectionForm(Form):
    """One figure to put right."""

    village = fields.UUID(required=True, error_messages={"required": MISSING, "invalid": NOT_ONE_OF})
    indicator = Words(64)
    value = Words(32)
    reason = Words()


class ConfirmForm(Form):
    """The second person's word; `seen` is the number of the trial whose consequences were shown."""

    seen = fields.Integer(required=True)


class ListQuery(Form):
    """The filters of a trial's list as they stand in the URL; what cannot be read is dropped."""

    township = fields.UUID(load_default=None)
    tier = fields.Integer(load_default=None)
    changed = fields.Boolean(load_default=False)
    group = Text(load_default=None)
    page = fields.Integer(load_default=1, validate=validate.Range(1))


def wanted_of(arguments: Any) -> Wanted:
    """The filters; a hand-made URL shows more rather than an error."""
    given = {key: value for key, value in arguments.items() if value != ""}
    schema = ListQuery()
    for name in schema.validate(given):
        given.pop(name, None)
    return Wanted(**schema.load(given))


class NumberQuery(Form):
    """Which trial (`n`) or edition the URL names; none: the one that stands."""

    n = fields.Integer(load_default=None, validate=validate.Range(1, LARGEST))
    edition = fields.Integer(load_default=None, validate=validate.Range(1, LARGEST))


def number_of(arguments: Any, name: str) -> int | None:
    """The number in the URL, or None; raises Absent for what can be no number of ours."""
    given = arguments.get(name, "")
    try:
        return NumberQuery().load({name: given} if given else {})[name]  # type: ignore[no-any-return]
    except ValidationError:
        raise Absent from None
