"""Partner organisations and one account for each role, with one password drawn for this database, kept in `var/`."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from partenaires.models import Adhesion, Organisation
from partenaires.services.comptes import inscrire
from partenaires.services.organisations import creer_organisation
from suivi.demonstration.decor import BAILLEURS, COMMUNES, DEPARTEMENT, EPCI, NOM_EPCI

DDT = "000900607"
ACTION_LOGEMENT = "000900706"
CONSEIL_DEPARTEMENTAL = "000900805"
MOTS = "ajonc balise corderie digue embrun estran genet goeland jetee lagune mouette oyat phare sextant tamaris vigie"


@dataclass(frozen=True)
class Compte:
    email: str
    organisation: str
    role: str
    usage: str


COMPTES = (
    Compte("epci@exemple.invalid", EPCI, "administrateur", "agglomération : objectifs, diagnostic, relogement"),
    Compte("epci.lecture@exemple.invalid", EPCI, "lecteur", "agglomération, en lecture seule"),
    Compte("bailleur@exemple.invalid", BAILLEURS[0].siren, "gestionnaire", "bailleur : ses engagements, ses dépôts"),
    Compte("bailleur.direction@exemple.invalid", BAILLEURS[1].siren, "administrateur", "un autre bailleur"),
    Compte("ddt@exemple.invalid", DDT, "gestionnaire", "DDT : territoires du département, revue de projet"),
    Compte("commune@exemple.invalid", COMMUNES[0].siren, "gestionnaire", "commune : avis sur ses résidences, agrégats"),
    Compte("action.logement@exemple.invalid", ACTION_LOGEMENT, "lecteur", "réservataire : son contingent"),
    Compte("departement@exemple.invalid", CONSEIL_DEPARTEMENTAL, "lecteur", "conseil départemental"),
)


def creer_organisations() -> None:
    creer_organisation(Organisation.Nature.EPCI, EPCI, NOM_EPCI, departement=DEPARTEMENT)
    for bailleur in BAILLEURS:
        creer_organisation(Organisation.Nature.BAILLEUR, bailleur.siren, bailleur.nom, EPCI)
    for commune in COMMUNES:
        creer_organisation(Organisation.Nature.COMMUNE, commune.siren, f"{commune.nom} (commune fictive)", EPCI)
    creer_organisation(Organisation.Nature.DDT, DDT, "DDT du département 00 (fictive)", departement=DEPARTEMENT)
    creer_organisation(Organisation.Nature.ACTION_LOGEMENT, ACTION_LOGEMENT, "Action Logement (compte fictif)", EPCI)
    creer_organisation(
        Organisation.Nature.DEPARTEMENT,
        CONSEIL_DEPARTEMENTAL,
        "Conseil départemental 00 (fictif)",
        departement=DEPARTEMENT,
    )


def ouvrir(dossier: Path) -> str:
    """Open the accounts that are missing; return their password. The password is set where the account is new, or
    where the one kept in `dossier` was lost."""
    fichier = dossier / "mot_de_passe.txt"
    perdu = not fichier.exists()
    mot_de_passe = nouveau_mot_de_passe() if perdu else fichier.read_text(encoding="utf-8").strip()
    organisations = Organisation.objects.in_bulk([compte.organisation for compte in COMPTES], field_name="siren")
    presents = set(Adhesion.objects.values_list("utilisateur__email", "organisation__siren"))
    for compte in COMPTES:
        if perdu or (compte.email, compte.organisation) not in presents:
            adhesion, _ = inscrire(compte.email, organisations[compte.organisation], compte.role)
            adhesion.utilisateur.set_password(mot_de_passe)
            adhesion.utilisateur.save(update_fields=["password"])
    if perdu:
        fichier.touch(mode=0o600)
        fichier.write_text(mot_de_passe + "\n", encoding="utf-8")
    return mot_de_passe


def nouveau_mot_de_passe() -> str:
    """Three words and four digits: easy to type, never the same twice."""
    mots = [secrets.choice(MOTS.split()) for _ in range(3)]
    return "-".join([*mots, f"{secrets.randbelow(10_000):04d}"])
