"""`python -m services.county.timers`: ring this tier's periodic work."""

from services.county.runtime import runtime
from shared.kit.settings import Settings

if __name__ == "__main__":
    runtime(Settings.from_env("county")).keep_time()
