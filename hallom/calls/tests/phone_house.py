"""A small telephone set-up and calls in it, for tests of this room and of the desk."""

from collections.abc import Iterable

from hallom.calls import relay
from hallom.calls.models import Call, JournalEntry, Number, Queue, QueueMember
from hallom.calls.tests.story import START, Entry, Story, answered_call
from hallom.staff.models import User


def make_queue(name: str = "Technical", **facts: object) -> Queue:
    return Queue.objects.create(name=name, **facts)


def make_number(queue: Queue, number: str = "+36 1 555 0100") -> Number:
    return Number.objects.create(number=number, queue=queue, language="en")


def serve(queue: Queue, *agents: User) -> None:
    for agent in agents:
        QueueMember.objects.create(queue=queue, agent=agent)


def write(entries: Iterable[Entry]) -> None:
    JournalEntry.objects.bulk_create(
        JournalEntry(kind=entry.kind, at=entry.at, call=entry.call, agent=entry.agent, data=entry.data)
        for entry in entries
    )


def happen(*stories: Story) -> None:
    """Write the stories into the journal and have them relayed."""
    for story in stories:
        write(story.entries)
    while relay.relay_batch(START):
        pass


def call_of(agent: User, number: Number, **options: object) -> Call:
    story = answered_call(agent.pk, queue=number.queue_id, number=number.pk, **options)  # type: ignore[arg-type]
    happen(story)
    return Call.objects.get(pk=story.call)


def call_id(n: int) -> str:
    """26 characters that sort like `n`."""
    return f"01KTEST{n:019d}"
