import hashlib
import secrets
from datetime import timedelta

from django.db import models
from django.utils import timezone

from partenaires.models.utilisateur import Adhesion


def empreinte(jeton: str) -> str:
    """SHA-256 of a 256-bit random token: no salt is needed against guessing, and the look-up stays one query."""
    return hashlib.sha256(jeton.encode()).hexdigest()


class JetonQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """One's own; an administrator also those of the members of the organisation."""
        if not adhesion:
            return self.none()
        if adhesion.administre:
            return self.filter(adhesion__organisation=adhesion.organisation_id)
        return self.filter(adhesion=adhesion)

    def valides(self):
        return self.filter(
            revoque_le=None,
            expire_le__gt=timezone.now(),
            adhesion__revoquee_le=None,
            adhesion__utilisateur__is_active=True,
        )

    def emettre(self, adhesion, jours: int = 90, libelle: str = "") -> str:
        """Create a token and return it in clear: the only time it can be read."""
        clair = secrets.token_urlsafe(32)
        self.create(
            adhesion=adhesion,
            empreinte=empreinte(clair),
            prefixe=clair[:6],
            libelle=libelle,
            expire_le=timezone.now() + timedelta(days=jours),
        )
        return clair


class Jeton(models.Model):
    """An API token of one membership: stored as a hash, expiring, revocable."""

    adhesion = models.ForeignKey(Adhesion, models.CASCADE, related_name="jetons", verbose_name="adhésion")
    empreinte = models.CharField("empreinte", max_length=64, unique=True)
    prefixe = models.CharField("début du jeton", max_length=6)
    libelle = models.CharField("usage", max_length=100, blank=True, default="")
    cree_le = models.DateTimeField("créé le", auto_now_add=True)
    expire_le = models.DateTimeField("expire le")
    revoque_le = models.DateTimeField("révoqué le", null=True, blank=True)
    dernier_usage = models.DateTimeField("dernier usage", null=True, blank=True)

    objects = JetonQuerySet.as_manager()

    class Meta:
        verbose_name = "jeton"
        ordering = ["-cree_le"]

    def __str__(self):
        return f"{self.prefixe}… ({self.adhesion})"
