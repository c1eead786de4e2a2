"""Forms of decisions on units as subjects, as posted."""

from flask_babel import lazy_gettext as _

from shared.kit.fields import Form, given_reason, ticked
from shared.organisations.deciding import REASON_LENGTH, Seen


class Selection(Form):
    """Ticked entries."""

    selected = ticked(Seen, _("请先勾选要办理的申报。"))


class ReasonForm(Selection):
    """Why entries are returned or struck."""

    reason = given_reason(_("请写明理由，支部会看到。"), REASON_LENGTH, _("理由最多写 200 字。"))
