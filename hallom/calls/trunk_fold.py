"""What the switch says of its trunks, made into rows that the settings page shows."""

from collections.abc import Iterable

from hallom.calls.models import JournalEntry, Trunk, TrunkStatus

TOPICS = {"calls"}


def fold(entries: Iterable[JournalEntry]) -> set[str]:
    """The newest entry of each trunk counts; one that was removed meanwhile has no row. Returns the topics that changed."""
    newest = {str(entry.data["trunk"]): entry for entry in entries if entry.kind == "trunk.changed"}
    if not newest:
        return set()
    for trunk in Trunk.objects.filter(name__in=newest):
        entry = newest[trunk.name]
        TrunkStatus.objects.update_or_create(
            trunk=trunk,
            defaults={
                "is_registered": entry.data["registered"],
                "registered_status": entry.data["register_status"],
                "failed_probes": entry.data["failed_probes"],
                "probe_status": entry.data["probe_status"],
                "changed_at": entry.at,
            },
        )
    return TOPICS
