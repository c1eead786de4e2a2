"""Who a village cannot do without: somebody who files; a general branch: somebody who endorses."""

from shared.kit.units import GENERAL
from shared.sync.authority import Needed

NEEDED = Needed("branch", {"file": "return.file"}, by_kind={GENERAL: {"endorse": "general.endorse"}})
