"""Looks for what nobody thought of, as long as one likes: `.venv/bin/python tools/fuzz.py switch --seconds 600`.

Each game is made of one number; `--seed` plays from that one on, `--games 1` it alone. What the games mean, and what
has to hold in them, stands in the tests, which play a few of them each time.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
Game = Callable[[int, "Counter[str]"], None]


def switch_day(seed: int, seen: Counter[str]) -> None:
    """A long day of the call centre in which every conversation meets something."""
    from hallom.switch.tests.days import play

    play(seed, seen)


def sip_game(seed: int, seen: Counter[str]) -> None:
    """Two sides and what somebody adds to the wire between them."""
    from hallom.sip.tests.test_rubbish import check, play

    chance = Random(seed)
    network = play(
        seed, chance.uniform(0.1, 1), chance.choice((0, 0.1, 0.3)), steps=chance.choice((20, 40, 100))
    )
    check(network)
    seen.update({f"sent {name}": count for name, count in network.sent.items()})
    for party in (network.alice, network.bob):
        seen.update(f"event {type(event).__name__}" for event in party.events)


def media_scene(seed: int, seen: Counter[str]) -> None:
    """A leg among strangers, one whose peer is out of its mind, and a browser."""
    from hallom.media.tests import test_rubbish

    for scene in test_rubbish.SCENES:
        seen.update(scene(seed))


def description(seed: int, seen: Counter[str]) -> None:
    """What somebody might offer as his way to speak."""
    from hallom.switch.tests.test_description_rubbish import check, edited

    seen["usable" if check(edited(Random(seed))) else "refused"] += 1


GAMES: dict[str, Game] = {
    "switch": switch_day,
    "sip": sip_game,
    "media": media_scene,
    "description": description,
}


def run(game: Game, *, first: int, seconds: float, most: int) -> tuple[int, Counter[str], Counter[str]]:
    """How many games were played, what was seen in them, and what was found."""
    seen: Counter[str] = Counter()
    found: Counter[str] = Counter()
    played, until = 0, time.monotonic() + seconds
    while played < most and time.monotonic() < until:
        seed = first + played
        played += 1
        try:
            game(seed, seen)
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno} {last.line}"
            found[where] += 1
            if found[where] == 1:
                print(f"seed {seed}: {where}: {error}")
                traceback.print_exc(file=sys.stdout)
                sys.stdout.flush()
    return played, seen, found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subject", choices=sorted(GAMES))
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--games", type=int, default=sys.maxsize)
    chosen = parser.parse_args()
    played, seen, found = run(
        GAMES[chosen.subject], first=chosen.seed, seconds=chosen.seconds, most=chosen.games
    )
    for name, count in sorted(seen.items()):
        print(f"{count:10}  {name}")
    print(f"{played} games, {time.process_time():.0f} s of processor time")
    for where, count in found.most_common():
        print(f"FOUND {count} times: {where}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
