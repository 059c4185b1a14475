"""Run in a process of its own with the house's environment: fills its database and prints what was made as JSON."""

import json
import sys

import django

REALM = "hallom"
GREETING = (
    "Good day. You have reached the test exchange. Please stay on the line, we will be with you shortly."
)


def main(rooms: int, agents_each: int, *, is_silent: bool) -> None:
    django.setup()
    from django.contrib.auth import get_user_model

    from hallom.calls.models import (
        Greeting,
        GreetingText,
        Number,
        PauseReason,
        Queue,
        QueueMember,
        SipDevice,
        Trunk,
    )

    user_model = get_user_model()
    greeting = Greeting.objects.create(name="Test greeting")
    GreetingText.objects.create(greeting=greeting, language="en", text=GREETING)
    PauseReason.objects.get_or_create(code="lunch", defaults={"name": "Lunch"})
    Trunk.objects.create(name="outside", kind="address", addresses=["127.0.0.1/32"])
    made = []
    for number in range(rooms):
        queue = Queue.objects.create(
            name=f"Queue {number}", offer_seconds=5, wrap_up_seconds=0 if is_silent else 2, max_waiting=2000
        )
        dialled = f"+3615550{number:03d}"
        Number.objects.create(
            number=dialled, queue=queue, greeting=None if is_silent else greeting, language="en"
        )
        agents = []
        for letter in range(agents_each):
            agent = user_model.objects.create(
                username=f"agent-{number}-{letter}", full_name=f"Agent {number}-{letter}"
            )
            QueueMember.objects.create(queue=queue, agent=agent, level=3)
            device = SipDevice(user=agent, username=f"phone-{number}-{letter}")
            secret = device.renew_secret(REALM)
            device.save()
            agents.append({"id": agent.pk, "username": device.username, "secret": secret})
        made.append({"queue": queue.pk, "number": dialled, "agents": agents})
    print(json.dumps(made))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), is_silent="silent" in sys.argv)
