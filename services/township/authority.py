"""Who a township cannot do without: one who verifies, and another who approves."""

from shared.sync.authority import Needed

NEEDED = Needed("township", {"verify": "return.verify", "approve": "rollup.approve"}, ("verify", "approve"))
