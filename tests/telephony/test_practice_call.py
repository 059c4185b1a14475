"""`hallom practice-call`: a customer for whoever has no telephone at hand."""

import subprocess
import sys

from tests.telephony.hearing import level_dbfs
from tests.telephony.house import ROOT, Desk, House, until
from tests.telephony.phone import Phone
from tests.telephony.story import GREETING_SECONDS, QUIET_DBFS, call_id, go_to_work


def test_a_practice_caller_hears_the_greeting_and_speaks_to_the_agent(house: House, desk: Desk) -> None:
    agent = desk.agents[0]
    with Phone(house.sip_port) as agent_phone:
        agent_phone.register(agent)
        go_to_work(house, agent)
        command = [sys.executable, "-m", "hallom.config.cli", "practice-call", "--number", desk.number]
        caller = subprocess.Popen(
            [*command, "--language", "hu", "--seconds", "60"],
            env=house.environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            ringing = agent_phone.ringing(GREETING_SECONDS * 2)
            ringing.answer()
            until(lambda: level_dbfs(ringing.ear.last(1.0)) > QUIET_DBFS, what="the caller's voice")
            ringing.hang_up()
            output, errors = caller.communicate(timeout=30)
        finally:
            caller.kill()
            caller.wait()
    assert caller.returncode == 0, errors
    assert "ended by the agent" in output
    arrived = house.entry(call_id(house, desk), "call.arrived")["data"]
    assert arrived["name"] == "Practice caller"
