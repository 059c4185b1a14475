"""Run in a process of its own with the house's environment: gives orders as the pages do, many at a time.

A line in is `{"until": epoch, "orders": [[agent, verb, args], …]}`; a line out tells of each `[ok, error, done at]`.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django

THREADS = 10


def main() -> None:
    django.setup()
    print("ready", flush=True)
    with ThreadPoolExecutor(THREADS) as threads:
        for line in sys.stdin:
            asked = json.loads(line)
            done = threads.map(lambda order, until=asked["until"]: give(order, until), asked["orders"])
            print(json.dumps(list(done)), flush=True)


def give(order: list[Any], until: float) -> tuple[bool, str, float]:
    """Given again while nobody takes it, as a person would press the key again."""
    from django.db import Error, connection

    from hallom.calls import orders

    agent, verb, args = order
    error = "late"
    while time.time() < until:
        try:
            outcome = orders.give(agent, verb, **args)
        except Error as problem:
            error = type(problem).__name__
            connection.close()
            time.sleep(0.05)
            continue
        error = outcome.error
        if outcome.error != orders.NO_ANSWER:
            return outcome.ok, outcome.error, time.time()
    return False, error, time.time()


if __name__ == "__main__":
    main()
