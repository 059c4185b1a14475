import pytest

from hallom.acd.service_level import Counts, Definition, service_level


def test_service_level_names_its_definition() -> None:
    day = Counts(answered=80, answered_within=49, abandoned=20, abandoned_within=10)
    assert service_level(day) == 0.49
    assert service_level(day, Definition.ANSWERED) == pytest.approx(0.6125)
    assert service_level(day, Definition.PROMPT_ABANDONS_COUNT) == pytest.approx(0.59)
    assert service_level(Counts(0, 0, 0, 0)) is None
