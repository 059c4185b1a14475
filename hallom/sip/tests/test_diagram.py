from pathlib import Path

import hallom
from hallom.sip.diagram import chapter


def test_the_documented_diagrams_are_those_of_the_tables() -> None:
    document = Path(hallom.__file__).parent.parent / "docs" / "developers" / "sip.md"
    assert chapter() in document.read_text(), "run: python -m hallom.sip.diagram"
