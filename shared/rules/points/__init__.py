"""Points of a member's year (积分), pure: `scheme` reads one, `claims` admits, `year` and `posting` count."""
