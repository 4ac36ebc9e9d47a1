"""The access log: one line a reading of household rows and a write."""

from partenaires.models import JournalAcces


def noter(adhesion, action: str, objet: str) -> None:
    """`adhesion` is None for what the platform's administrator does from the command line."""
    JournalAcces.objects.create(adhesion_id=adhesion.pk if adhesion else None, action=action, objet=objet[:200])
