"""Users, memberships and tokens: created, changed, revoked; each change is logged."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from partenaires.models import Adhesion, Jeton, Organisation, Utilisateur
from partenaires.services.journal import noter

JOURS_MAX = 366


class CompteInvalide(ValueError):
    """A message that says what to correct."""


def normaliser(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise CompteInvalide(f"« {email} » n'est pas une adresse e-mail.") from None
    return email


def organisation_de(siren: str) -> Organisation:
    organisation = Organisation.objects.filter(siren=siren).first()
    if organisation is None:
        raise CompteInvalide(f"Aucune organisation de SIREN {siren} : créez-la d'abord (creer_organisation).")
    return organisation


def changer_mot_de_passe(utilisateur: Utilisateur, mot_de_passe: str) -> None:
    try:
        validate_password(mot_de_passe, utilisateur)
    except ValidationError as refus:
        raise CompteInvalide("Mot de passe refusé. " + " ".join(refus.messages)) from None
    utilisateur.set_password(mot_de_passe)
    utilisateur.save(update_fields=["password"])


@transaction.atomic
def inscrire(email: str, organisation: Organisation, role: str, par=None, nom: str = "") -> tuple[Adhesion, bool]:
    """The membership of `email` in `organisation` with `role`, and whether the user is new.

    A revoked membership is opened again; an existing one takes the role given. A new user has no usable password.
    `par`: the membership that acts, None from the command line.
    """
    email = normaliser(email)
    utilisateur = Utilisateur.objects.filter(email__iexact=email).first()
    nouveau = utilisateur is None
    if nouveau:
        utilisateur = Utilisateur.objects.create_user(email, None, nom=nom)
    adhesion, _ = Adhesion.objects.update_or_create(
        utilisateur=utilisateur, organisation=organisation, defaults={"role": role, "revoquee_le": None}
    )
    noter(par, "adhesion_ouverte", f"{email} {role} {organisation.siren}")
    return adhesion, nouveau


def autres_administrateurs(adhesion: Adhesion):
    return (
        Adhesion.objects.actives()
        .filter(organisation=adhesion.organisation_id, role=Adhesion.Role.ADMINISTRATEUR)
        .exclude(pk=adhesion.pk)
    )


def exiger_un_administrateur(adhesion: Adhesion) -> None:
    if adhesion.administre and not autres_administrateurs(adhesion).exists():
        raise CompteInvalide("Dernier administrateur de l'organisation : nommez-en un autre d'abord.")


@transaction.atomic
def changer_role(adhesion: Adhesion, role: str, par) -> None:
    if role != Adhesion.Role.ADMINISTRATEUR:
        exiger_un_administrateur(adhesion)
    Adhesion.objects.filter(pk=adhesion.pk).update(role=role)
    noter(par, "role_change", f"{adhesion.utilisateur.email} {role}")


@transaction.atomic
def revoquer_adhesion(adhesion: Adhesion, par) -> None:
    """The membership and its tokens stop at once."""
    exiger_un_administrateur(adhesion)
    Adhesion.objects.filter(pk=adhesion.pk).update(revoquee_le=timezone.now())
    adhesion.jetons.filter(revoque_le=None).update(revoque_le=timezone.now())
    noter(par, "adhesion_revoquee", adhesion.utilisateur.email)


def adhesion_unique(email: str, siren: str = "") -> Adhesion:
    """The active membership of a user, in the organisation `siren` when there are several.

    Raises CompteInvalide when there is none, or several and no `siren`.
    """
    siennes = Adhesion.objects.actives().filter(utilisateur__email__iexact=email.strip())
    if siren:
        siennes = siennes.filter(organisation__siren=siren)
    trouvees = list(siennes.select_related("organisation", "utilisateur"))
    if not trouvees:
        dans = f" à l'organisation {siren}" if siren else ""
        raise CompteInvalide(f"{email} n'a pas d'adhésion active{dans} : créez-la d'abord (creer_utilisateur).")
    if len(trouvees) > 1:
        liste = ", ".join(f"{une.siren} ({une.organisation})" for une in trouvees)
        raise CompteInvalide(f"{email} a plusieurs adhésions : précisez --organisation parmi {liste}.")
    return trouvees[0]


@transaction.atomic
def emettre_jeton(adhesion: Adhesion, jours: int = 90, libelle: str = "", par=None) -> str:
    """The token in clear, readable this once."""
    if not 1 <= jours <= JOURS_MAX:
        raise CompteInvalide(f"Durée de {jours} jours : attendu entre 1 et {JOURS_MAX}.")
    clair = Jeton.objects.emettre(adhesion, jours, libelle)
    noter(par, "jeton_emis", f"{clair[:6]}… {adhesion.utilisateur.email} {jours} jours")
    return clair


@transaction.atomic
def revoquer_jeton(jeton: Jeton, par) -> None:
    Jeton.objects.filter(pk=jeton.pk, revoque_le=None).update(revoque_le=timezone.now())
    noter(par, "jeton_revoque", f"{jeton.prefixe}… {jeton.adhesion.utilisateur.email}")
