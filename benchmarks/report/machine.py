"""What the figures were measured on."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def machine() -> str:
    """Return the processor, its count, the version of Python and the day, in one line."""
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    day = datetime.now(UTC).date()
    return f"{model}, {os.cpu_count()} CPUs, Python {platform.python_version()}, {day}"
