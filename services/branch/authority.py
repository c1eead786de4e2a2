"""Who a village cannot do without: somebody who files."""

from shared.sync.authority import Needed

NEEDED = Needed("branch", {"file": "return.file"})
