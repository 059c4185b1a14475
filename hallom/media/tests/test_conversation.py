"""Conversations between telephones through a running worker."""

from __future__ import annotations

from hallom.media.tests.running import Worker, until


async def test_two_bridged_legs_hear_each_other(worker: Worker) -> None:
    customer = await worker.telephone("c-1", 400)
    agent = await worker.telephone("c-2", 1000)
    await worker.bridge("c-1", "c-2")
    await until(lambda: customer.hears() == [1000] and agent.hears() == [400])
    await until(lambda: len(worker.of_kind("leg.up")) == 2)
