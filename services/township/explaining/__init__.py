"""Why a member's year came out as it did, as the township holds it."""
