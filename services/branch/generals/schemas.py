"""Forms of the general branch's pages, as posted."""

from flask_babel import lazy_gettext as _

from services.branch.generals.endorsing import REASON_LENGTH, Seen
from shared.kit.fields import Form, given_reason, ticked


class Selection(Form):
    """Ticked months and appraisals."""

    selected = ticked(Seen, _("请先勾选要办理的。"))


class ReasonForm(Selection):
    """Why they go back."""

    reason = given_reason(_("请写明退回理由，支部会看到。"), REASON_LENGTH, _("理由最多写 400 字。"))
