"""`python -m services.township.worker`: work this tier's queue."""

from services.township.runtime import runtime
from shared.kit.settings import Settings

if __name__ == "__main__":
    runtime(Settings.from_env("township")).work()
