"""`python -m services.branch.timers`: ring this tier's periodic work."""

from services.branch.runtime import runtime
from shared.kit.settings import Settings

if __name__ == "__main__":
    runtime(Settings.from_env("branch")).keep_time()
