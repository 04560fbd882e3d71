"""A server in a process of its own, and clients that ask it at once.

Everything stays on this machine: the server listens on 127.0.0.1, on a port that is free. It is ended
when the block that uses it is left, and in any case after two minutes.
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

LONGEST = 120.0  # seconds that a server lives
PATIENCE = 30.0  # seconds that a client waits for an answer


class Load(NamedTuple):
    """What came of many requests: seconds that each took, statuses, answers, and seconds of all."""

    seconds: list[float]
    statuses: list[int]
    answers: list[Any]
    wall: float


@contextmanager
def running(model: Path, *, longest: float = LONGEST) -> Iterator[int]:
    """Serve a pickled pipeline; gives the port, and ends the server whatever happens."""
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
                server.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                server.kill()
            end.cancel()


def port_of(server: "subprocess.Popen[str]") -> int:
    """The port that a server names once it is ready."""
    said = []
    assert server.stderr is not None
    for line in server.stderr:
        said.append(line)
        if found := re.search(r"running on http://127\.0\.0\.1:(\d+)", line):
            # What it says later is read and let go of: a pipe that is full would stop it.
            threading.Thread(target=server.stderr.read, daemon=True).start()
            return int(found[1])
    raise RuntimeError("The server did not start:\n" + "".join(said))


def ask(connection: http.client.HTTPConnection, path: str, body: bytes) -> tuple[int, Any]:
    """The status of a POST, and its answer."""
    connection.request("POST", path, body, {"Content-Type": "application/json"})
    return answer_of(connection)


def answer_of(connection: http.client.HTTPConnection) -> tuple[int, Any]:
    """The status, and what was JSON."""
    response = connection.getresponse()
    text = response.read().decode()
    is_json = response.headers.get_content_type() == "application/json"
    return response.status, json.loads(text) if is_json else text


def get(port: int, path: str) -> tuple[int, Any]:
    """Ask for what needs no body."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", path)
        return answer_of(connection)


def post(port: int, path: str, content: Any) -> tuple[int, Any]:
    """Ask once: `content` is made JSON, but for bytes, which go as they are."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        return ask(connection, path, body)


def load(port: int, rows: Sequence[dict[str, Any]], n_clients: int) -> Load:
    """Send rows to /predict by several clients at once, each on a connection that it keeps."""
    bodies = [json.dumps(row).encode() for row in rows]

    def client(number: int) -> list[tuple[int, float, int, Any]]:
        found = []
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
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
