"""The demo's profiles by name, for the command line, which starts before anything else is loaded."""

PROFILES = ("siyang", "yanting", "yanting-small")
