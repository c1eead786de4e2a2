"""`python -m services.township.timers`: ring this tier's periodic work."""

from services.township.runtime import runtime
from shared.kit.settings import Settings

if __name__ == "__main__":
    runtime(Settings.from_env("township")).keep_time()
