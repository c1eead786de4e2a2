"""`python -m shared.operating.alive FILE SECONDS`: exit 0 where FILE was touched so lately.

FILE is what SANJI_PULSE_FILE names. The liveness probe of workers and timers, which answer no HTTP.
Standard library only: it runs often.
"""

import sys
import time
from pathlib import Path


def alive(pulse: Path, within: float, now: float) -> bool:
    """Whether the pulse is younger than `within` seconds; one that never was is not."""
    try:
        return now - pulse.stat().st_mtime <= within
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if alive(Path(sys.argv[1]), float(sys.argv[2]), time.time()) else 1)
