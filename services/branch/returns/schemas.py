"""The return's form: one field per indicator, each with what it showed before it was typed over.

`v-CODE` is what stands in the field, `was-CODE` what this browser last knew to be saved. Only what differs
is written, so two people who edit one draft do not undo each other's fields.
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, validate

from services.branch.returns.actions import NOTE_LENGTH, VALUE_LENGTH
from shared.kit.fields import Text
from shared.kit.i18n import N_
from shared.rules.rulebook_values import Rulebook

VALUE, SHOWN = "v-", "was-"
TOO_LONG = N_("太长了，只填数字就行")
NOTE_TOO_LONG = N_("备注最多 500 字，请删短一些")
STALE = N_("页面不完整，请刷新后再填")


class VersionForm(Schema):
    """Which draft the person saw: 'attempt-fingerprint'."""

    class Meta:
        unknown = EXCLUDE

    version = Text(
        required=True,
        validate=validate.Regexp(r"^[0-9]{1,4}-[0-9a-f]{1,32}$", error=STALE),
        error_messages={"required": STALE},
    )


def return_form(rulebook: Rulebook) -> Schema:
    """The form of one rulebook's return."""
    typed = validate.Length(max=VALUE_LENGTH, error=TOO_LONG)
    declared: dict[str, Any] = {
        "note": Text(validate=validate.Length(max=NOTE_LENGTH, error=NOTE_TOO_LONG)),
        "was-note": Text(),
    }
    for indicator in rulebook.indicators:
        declared[VALUE + indicator.code] = Text(validate=typed)
        declared[SHOWN + indicator.code] = Text()
    return VersionForm.from_dict(declared, name="ReturnForm")()


def attempt_of(version: str) -> int:
    """The attempt a version token belongs to."""
    return int(version.partition("-")[0])


def typed_over(data: Mapping[str, str], rulebook: Rulebook) -> dict[str, str]:
    """The figures this browser changed, by indicator."""
    found = {}
    for indicator in rulebook.indicators:
        typed = data.get(VALUE + indicator.code)
        if typed is not None and typed != data.get(SHOWN + indicator.code):
            found[indicator.code] = typed
    return found


def note_typed_over(data: Mapping[str, str]) -> str | None:
    """The note, where this browser changed it."""
    note = data.get("note")
    return None if note is None or _plain(note) == _plain(data.get("was-note")) else note


def _plain(text: str | None) -> str | None:
    # Browsers send line ends of a text area as CR LF.
    return text if text is None else text.replace("\r\n", "\n")
