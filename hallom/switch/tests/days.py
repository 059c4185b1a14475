"""Days of the call centre of `test_random`, each made of one number: longer than hypothesis plays, and busier."""

from collections import Counter
from random import Random

from hypothesis.internal.conjecture.data import ConjectureData

from hallom.switch.tests.test_random import CallCentre

# Conversations come first, or there would be nothing to transfer, park or listen to.
WEIGHTS = {
    "a_conversation_begins": 12, "pick_up": 6, "prompts_end": 3, "transfer": 5, "consult": 7, "consult_on": 12, "consult_to_the_end": 8,
    "park": 4, "supervise": 8, "promise": 4, "order_in_conversation": 5, "outside_reacts": 5, "call_out": 4,
    "time_passes": 5, "the_switch_will_die": 3, "a_phone_registers": 6, "divert": 1, "do_not_disturb": 1,
    "set_state": 4, "order": 3, "customer_hangs_up": 9, "fetch": 4, "a_telephone_transfers": 7,
    "a_telephone_asks_by_its_second_call": 6,
}  # fmt: skip
STEPS = 150


def play(seed: int, seen: Counter[str], *, steps: int = STEPS) -> None:
    """One day; all that has to hold is looked at after each step, and at its end."""
    chance, day = Random(seed), CallCentre()
    rules = {one.function.__name__: one for one in day.rules}
    names = sorted(rules)
    weights = [WEIGHTS.get(name, 2) for name in names]
    day.the_shift_begins(chance.sample((7, 8, 9), chance.choice((2, 3, 3))))
    for name in chance.choices(names, weights, k=steps):
        if all(condition(day) for condition in rules[name].preconditions):
            drawn = ConjectureData(random=Random(chance.getrandbits(32)))
            values = {
                # What `st.data()` gives works in a test of hypothesis alone; all that is asked of it is to draw.
                argument: drawn if argument == "data" else drawn.draw(one)
                for argument, one in rules[name].arguments.items()
            }
            seen[f"did {name}"] += 1
            seen.update(f"in state {call.state}" for call in day.world.switch.state.calls.values())
            rules[name].function(day, **values)
            for invariant in day.invariants:
                invariant.function(day)
    seen.update(f"journal {entry.kind}" for entry in day.world.journal)
    seen["crashes"] += day.world.crashes
    seen["moments at which the switch can die"] += day.world.points
    day.teardown()
