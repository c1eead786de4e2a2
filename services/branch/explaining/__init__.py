"""Why a member's year came out as it did, as the branch holds it."""
