"""Run in a process of its own with the house's environment: two trunks that calls go out over, and a policy for everybody."""

import sys

import django


def main(north: int, south: int, host: str) -> None:
    django.setup()
    from django.contrib.auth import get_user_model

    from hallom.calls.models import AllowedNumber, TollPolicy, Trunk

    for rank, (name, port) in enumerate((("north", north), ("south", south))):
        Trunk.objects.create(
            name=name,
            addresses=[f"{host}/32"],
            host=host,
            port=port,
            is_outgoing=True,
            rank=rank,
            is_probed=False,
        )
    policy = TollPolicy.objects.create(
        name="everybody", countries=["HU"], kinds=["fixed", "mobile"], calls_most=None, minutes_a_day=60
    )
    policy.users.set(get_user_model().objects.all())
    policy.caller_numbers.add(AllowedNumber.objects.create(number="+3615550000"))
    for way in ("dial", "transfer", "promise"):
        policy.ways.create(way=way)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
