"""Partner organisations: who they are, found by SIREN."""

import re
from datetime import date

from django.db import transaction

from partenaires.models import Organisation
from partenaires.services.journal import noter
from partenaires.services.protocoles import creer_protocole_par_defaut

DEPARTEMENT = re.compile(r"^(\d{2,3}|2[AB])$")


class OrganisationInvalide(ValueError):
    """A message that says what to correct."""


def cle_de_luhn_juste(siren: str) -> bool:
    """Check digit of a real SIREN; fictitious ones, as the demo's, need not satisfy it."""
    chiffres = [int(c) * (2 if rang % 2 else 1) for rang, c in enumerate(reversed(siren))]
    return sum(c // 10 + c % 10 for c in chiffres) % 10 == 0


def controler_siren(siren: str, de: str = "SIREN") -> None:
    if not re.fullmatch(r"\d{9}", siren):
        raise OrganisationInvalide(f"{de} « {siren} » : un SIREN a exactement neuf chiffres.")


def controler(nature: str, siren: str, nom: str, epci: str, departement: str) -> None:
    controler_siren(siren)
    if epci:
        controler_siren(epci, "SIREN du territoire")
    if not 1 <= len(nom.strip()) <= 200:
        raise OrganisationInvalide("Le nom de l'organisation est vide ou dépasse 200 caractères.")
    if nature == Organisation.Nature.DDT and not departement:
        raise OrganisationInvalide("Une DDT est rattachée à un département : ajoutez --departement DD.")
    if departement and not DEPARTEMENT.match(departement):
        raise OrganisationInvalide(f"Département « {departement} » : attendu deux ou trois caractères (31, 2A, 971).")


@transaction.atomic
def creer_organisation(
    nature: str, siren: str, nom: str, epci: str = "", departement: str = ""
) -> tuple[Organisation, bool]:
    """The organisation and whether it is new. An existing one of the same nature keeps its name; the territory and
    département given are recorded. An EPCI gets the default protocole d'échange (regles §9).

    Raises OrganisationInvalide when a value is wrong or the SIREN already belongs to another nature.
    """
    departement = departement.upper()
    controler(nature, siren, nom, epci, departement)
    rattachement = {champ: v for champ, v in (("epci", epci), ("departement", departement)) if v}
    organisation, nouvelle = Organisation.objects.get_or_create(
        siren=siren, defaults={"nature": nature, "nom": nom.strip()} | rattachement
    )
    if organisation.nature != nature:
        raise OrganisationInvalide(
            f"Le SIREN {siren} est déjà celui de « {organisation.nom} » ({organisation.get_nature_display()})."
        )
    if nouvelle:
        noter(None, "organisation_creee", f"{nature} {siren} {organisation.nom}")
    elif rattachement:
        Organisation.objects.filter(pk=organisation.pk).update(**rattachement)
    if nature == Organisation.Nature.EPCI:
        creer_protocole_par_defaut(siren, date.today())
    return organisation, nouvelle
