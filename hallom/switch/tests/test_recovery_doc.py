from pathlib import Path

from hallom.switch.diagram import recovery_diagrams

DOC = Path(__file__).parents[3] / "docs" / "algorithms" / "recovery.md"


def test_the_diagrams_of_recovery_are_those_of_the_tables() -> None:
    text = DOC.read_text()
    for title, diagram in recovery_diagrams().items():
        section = text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
        assert diagram in section, f"print {title!r} anew: hallom.switch.diagram.recovery_diagrams()"
