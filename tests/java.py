"""Whether Spark can start: it needs Java, which pip does not install."""

import functools
import os
import re
import shutil
import subprocess
from importlib.util import find_spec

OLDEST = 17


@functools.cache
def why_no_spark() -> str | None:
    """Why Spark cannot be started; None if it can."""
    for package in ("pyspark", "pyarrow"):
        if find_spec(package) is None:
            return f"{package} is not installed"
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=os.path.join(home, "bin") if home else None)
    if java is None:
        return f"Java {OLDEST} is not installed (for example openjdk-{OLDEST}-jre-headless)"
    output = subprocess.run([java, "-version"], capture_output=True, text=True).stderr
    version = re.search(r'version "(\d+)', output)
    if version is None or int(version[1]) < OLDEST:
        return f"Java {OLDEST} is not installed; this is {output.splitlines()[:1]}"
    return None
