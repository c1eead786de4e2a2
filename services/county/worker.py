"""`python -m services.county.worker`: work this tier's queue."""

from services.county.runtime import runtime
from shared.kit.settings import Settings

if __name__ == "__main__":
    runtime(Settings.from_env("county")).work()
