from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models

from partenaires.models.organisation import Organisation


class UtilisateurManager(BaseUserManager):
    def create_user(self, email, password=None, **champs):
        utilisateur = self.model(email=self.normalize_email(email).lower(), **champs)
        utilisateur.set_password(password)
        utilisateur.save(using=self._db)
        return utilisateur

    def create_superuser(self, email, password=None, **champs):
        return self.create_user(email, password, is_superuser=True, **champs)

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class Utilisateur(AbstractBaseUser, PermissionsMixin):
    """A person; what she may see and do comes from the membership she acts through. A superuser administers the
    platform and the national reference data; that gives no right to a partner's rows."""

    email = models.EmailField("adresse e-mail", unique=True)
    nom = models.CharField("nom", max_length=150, blank=True, default="")
    is_active = models.BooleanField("actif", default=True)
    cree_le = models.DateTimeField("créé le", auto_now_add=True)

    objects = UtilisateurManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        verbose_name = "utilisateur"
        ordering = ["email"]

    def __str__(self):
        return self.nom or self.email


class AdhesionQuerySet(models.QuerySet):
    def visible_to(self, adhesion):
        """Members of one's own organisation."""
        return self.filter(organisation=adhesion.organisation_id) if adhesion else self.none()

    def actives(self):
        return self.filter(revoquee_le=None, utilisateur__is_active=True)


class Adhesion(models.Model):
    """A user in an organisation, with a role. One acts through one membership at a time."""

    class Role(models.TextChoices):
        LECTEUR = "lecteur", "Lecteur"
        GESTIONNAIRE = "gestionnaire", "Gestionnaire"
        ADMINISTRATEUR = "administrateur", "Administrateur"

    utilisateur = models.ForeignKey(Utilisateur, models.CASCADE, related_name="adhesions", verbose_name="utilisateur")
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="adhesions", verbose_name="organisation"
    )
    role = models.CharField("rôle", max_length=20, choices=Role.choices)
    cree_le = models.DateTimeField("créée le", auto_now_add=True)
    revoquee_le = models.DateTimeField("révoquée le", null=True, blank=True)

    objects = AdhesionQuerySet.as_manager()

    class Meta:
        verbose_name = "adhésion"
        ordering = ["organisation__nom", "utilisateur__email"]
        constraints = [
            models.UniqueConstraint(fields=["utilisateur", "organisation"], name="adhesion_unique"),
        ]

    def __str__(self):
        return f"{self.utilisateur} – {self.organisation} ({self.get_role_display()})"

    @property
    def nature(self):
        return self.organisation.nature

    @property
    def siren(self):
        return self.organisation.siren

    @property
    def peut_ecrire(self):
        return self.role in (self.Role.GESTIONNAIRE, self.Role.ADMINISTRATEUR)

    @property
    def administre(self):
        return self.role == self.Role.ADMINISTRATEUR
