"""The flow of a number for which nobody has drawn one."""

from collections.abc import Mapping

from hallom.flow.flow import BranchOnHours, Enqueue, Files, Flow, HangUp, Say
from hallom.flow.hours import Hours


def standard_flow(
    *,
    hours: Hours,
    greeting: Mapping[str, Files],
    closed_greeting: Mapping[str, Files],
    full_prompt: Mapping[str, Files],
    queue: int,
) -> Flow:
    """Greeting and queue while open; while closed, or when the queue is full, a word and good-bye."""
    return Flow(
        "hours",
        {
            "hours": BranchOnHours(hours, "greeting", "closed"),
            "greeting": Say(greeting, "queue"),
            "queue": Enqueue(queue, "full"),
            "closed": Say(closed_greeting, "closed_end", is_closing=True),
            "closed_end": HangUp("closed"),
            "full": Say(full_prompt, "full_end"),
            "full_end": HangUp("queue_full"),
        },
    )
