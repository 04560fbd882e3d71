"""Spark runs on Java, which no Python package brings along."""

import functools
import os
import re
import shutil
import subprocess
from importlib.util import find_spec

OLDEST = 17


@functools.cache
def why_no_spark() -> str | None:
    """Why Spark cannot be started here; None if it can."""
    for package in ("pyspark", "pyarrow"):
        if find_spec(package) is None:
            return f"{package} is not installed"
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=os.path.join(home, "bin") if home else None)
    if java is None:
        return f"Java {OLDEST} is not installed: Spark needs it (openjdk-{OLDEST}-jre-headless will do)"
    told = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < OLDEST:
        return f"Java {OLDEST} is not installed: Spark needs it, and there is {told.splitlines()[:1]}"
    return None
