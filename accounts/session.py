"""The two moments a session carries, as seconds since 1970."""

BEGAN_AT = "began_at"
ACTIVE_AT = "active_at"
