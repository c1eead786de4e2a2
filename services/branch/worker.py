"""`python -m services.branch.worker`: work this tier's queue."""

from services.branch.runtime import runtime
from shared.kit.settings import Settings

if __name__ == "__main__":
    runtime(Settings.from_env("branch")).work()
