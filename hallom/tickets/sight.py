"""What is in sight: a ticket that is part of another, spam or deleted is in no list and no count."""

from django.db.models import Q

CURRENT = Q(merged_into=None, spam_at=None, deleted_at=None)
