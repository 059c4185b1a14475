"""Templates, macros and acknowledgements are ways out too."""

from __future__ import annotations

from hallom.automation import macros
from hallom.automation.snippets import Snippets
from hallom.automation.tests.conftest import macro, template
from hallom.automation.variables import NAMES
from hallom.tickets.tests.ways_out import CANARY, House, left, way

# What somebody might try to write into a template to get at a note.
TRIED = (
    "note.body",
    "ticket.notes",
    "ticket.note",
    "notes",
    "ticket.last_note",
    "field.note",
    "ticket.messages",
)


@way("template variables", proof="Carla")
def variables(house: House) -> str:
    words = " ".join(f"{{{{ {name} }}}}" for name in (*NAMES, *TRIED))
    row = template("Everything", en=f"<p>{words}</p>", hu=f"<p>{words}</p>")
    found = Snippets().snippet(house.alice, house.ticket, f"t{row.pk}", kind="public", language="en")
    assert found is not None
    house.answer(body=found.html, body_missing="confirmed")
    return found.html + left()


@way("a macro that also writes a note", proof="we bring it")
def macro_with_note(house: House) -> str:
    row = template("Bring", en="<p>we bring it</p>", hu="<p>we bring it</p>")
    steps = ({"do": "note", "text": CANARY}, {"do": "reply", "template": row.pk})
    macros.carry_out(macro("Bring it", *steps), house.ticket, by=house.alice, now=house.now)
    return left()


@way("a macro chosen in the composer", proof="a new device comes tomorrow")
def macro_in_composer(house: House) -> str:
    chosen = macro("Only a note", {"do": "note", "text": CANARY})
    house.answer(macro=f"m{chosen.pk}")
    return left()
