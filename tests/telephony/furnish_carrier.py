"""Run in a process of its own with the house's environment: a trunk to a carrier, and who may pass callers on over it."""

import json
import sys

import django

SHOWN = "+3615550999"


def main(host: str, port: int, people: dict[str, list[int]]) -> None:
    """`people` are the numbers of those who are `trusted` to join two trunks, and of those who are not."""
    django.setup()
    from hallom.calls.models import AllowedNumber, TollPolicy, Trunk

    trunk = Trunk.objects.create(
        name="carrier",
        addresses=[f"{host}/32"],
        host=host,
        port=port,
        is_outgoing=True,
        rank=9,
        is_probed=False,
    )
    shown = AllowedNumber.objects.create(number=SHOWN)
    for name, agents in people.items():
        policy = TollPolicy.objects.create(
            name=name, countries=["HU"], kinds=["mobile"], calls_most=None, joins_trunks=name == "trusted"
        )
        policy.users.set(agents)
        policy.caller_numbers.add(shown)
        policy.trunks.add(trunk)
        for way in ("dial", "transfer"):
            policy.ways.create(way=way)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]))
