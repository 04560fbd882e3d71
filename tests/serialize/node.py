"""Run examples/portable in Node.js."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PORTABLE = Path(__file__).parents[2] / "examples" / "portable"


def _version() -> int:
    if shutil.which("node") is None:
        return 0
    output = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(output.lstrip("v").split(".")[0])


needs_node = pytest.mark.skipif(_version() < 20, reason="Node.js 20 or newer is not installed")


def node(*arguments: Any, **options: Any) -> str:
    """The output of Node.js."""
    command = ["node", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8", **options).stdout


_RUN = """
async function run(answer) {
  let text = "";
  for await (const part of process.stdin) text += part;
  process.stdout.write(JSON.stringify(JSON.parse(text).map(answer)));
}
"""


def run_script(script: str, cases: list[Any]) -> list[Any]:
    """The results of a script in examples/portable, which passes a function of one case to `run`."""
    arguments = ["--input-type=module", "-e", script + _RUN]
    return json.loads(node(*arguments, cwd=PORTABLE, input=json.dumps(cases, allow_nan=False)))
