"""The forms of leave to file late."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext
from marshmallow import ValidationError, fields

from services.county.contest.schemas import MISSING, NOT_ONE_OF, Form, Words
from shared.kit.clock import CIVIL_TIME
from shared.kit.i18n import N_

SHORTEST = 5
MOMENT = lazy_gettext(N_("请按 2026-10-20 18:00 这样写时间。"))
TOO_SHORT = lazy_gettext(N_("理由至少写 5 个字。"))


class Moment(fields.NaiveDateTime):
    """A civil date and time as a browser posts it; aware."""

    def __init__(self, **kwargs: Any) -> None:
        errors = {"required": MISSING, "invalid": MOMENT}
        super().__init__(format="%Y-%m-%dT%H:%M", required=True, error_messages=errors, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        typed = str(value).strip().replace(" ", "T")
        return super()._deserialize(typed, attr, data, **kwargs).replace(tzinfo=CIVIL_TIME)


class Reason(Words):
    """Why: five characters at least."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, attr, data, **kwargs)
        if len(text) < SHORTEST:
            raise ValidationError([str(TOO_SHORT)])
        return text


class GrantForm(Form):
    """Which village, until when, why."""

    village = fields.UUID(required=True, error_messages={"required": MISSING, "invalid": NOT_ONE_OF})
    until = Moment()
    reason = Reason(500)


class RevokeForm(Form):
    """Why it is taken back."""

    reason = Reason(500)
