"""A server in a separate process, and several clients that send requests at the same time.

The server listens on 127.0.0.1, on a free port, so nothing leaves this machine. It stops at the end of
the `with` block, and after two minutes at the latest.
"""

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

LONGEST = 120.0  # seconds until a server is stopped
TIMEOUT = 30.0  # seconds that a client waits for an answer


class Load(NamedTuple):
    """Results of many requests: seconds of each, statuses, answers, and seconds in total."""

    seconds: list[float]
    statuses: list[int]
    answers: list[Any]
    wall: float


@contextmanager
def running(model: Path, *, longest: float = LONGEST) -> Iterator[int]:
    """Serve a pickled pipeline; yields the port, and stops the server also after an error."""
    command = [sys.executable, "-m", "uvicorn", "--factory", "app:from_environment"]
    options = ["--app-dir", str(Path(__file__).parent), "--port", "0", "--no-access-log"]
    environment = os.environ | {"MODEL": str(model)}
    with subprocess.Popen(
        [*command, *options], env=environment, stderr=subprocess.PIPE, text=True
    ) as server:
        end = threading.Timer(longest, server.kill)
        end.start()
        try:
            yield port_of(server)
        finally:
            server.terminate()
            try:
                server.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                server.kill()
            end.cancel()


def port_of(server: "subprocess.Popen[str]") -> int:
    """Return the port from the output of a server, which it prints when it is ready."""
    output = []
    assert server.stderr is not None
    for line in server.stderr:
        output.append(line)
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
            # Read and discard later output: the server would stop at a full pipe.
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return int(found[1])
    raise RuntimeError("The server did not start:\n" + "".join(output))


def ask(connection: http.client.HTTPConnection, path: str, body: bytes) -> tuple[int, Any]:
    """Send a POST; return the status and the answer."""
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    return answer_of(connection)


def answer_of(connection: http.client.HTTPConnection) -> tuple[int, Any]:
    """Return the status and the answer, parsed if it is JSON."""
    response = connection.getresponse()
    text = response.read().decode()
    is_json = response.headers.get_content_type() == "application/json"
    return response.status, json.loads(text) if is_json else text


def get(port: int, path: str) -> tuple[int, Any]:
    """Send a GET; return the status and the answer."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)) as connection:
        connection.request("GET", path)
        return answer_of(connection)


def post(port: int, path: str, content: Any) -> tuple[int, Any]:
    """Send one POST, with `content` as JSON; bytes are sent unchanged."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)) as connection:
        return ask(connection, path, body)


def load(port: int, rows: Sequence[dict[str, Any]], n_clients: int) -> Load:
    """Send rows to /predict from several clients at once; each client keeps its connection."""
    bodies = [json.dumps(row).encode() for row in rows]

    def client(number: int) -> list[tuple[int, float, int, Any]]:
        found = []
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)) as connection:
            for place in range(number, len(bodies), n_clients):
                start = time.perf_counter()
                answer = ask(connection, "/predict", bodies[place])
                found.append((place, time.perf_counter() - start, *answer))
        return found

    start = time.perf_counter()
    with ThreadPoolExecutor(n_clients) as clients:
        found = list(chain.from_iterable(clients.map(client, range(n_clients))))
    wall = time.perf_counter() - start
    in_order = sorted(found, key=lambda one: one[0])
    _, seconds, statuses, answers = map(list, zip(*in_order, strict=True))
    return Load(seconds, statuses, answers, wall)
