"""What a desk phone has asked for by its own transfer key."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Referral:
    """The transfer a telephone asked for: `leg` was its leg; `told` the status it heard last, `reason` why it came to nothing."""

    refer: str
    leg: str
    dialog: str
    told: int = 100
    reason: str = ""
