"""Social mix of the residences (URHLM): reference of each family, gaps of the residences noted 3 and 4."""

from datetime import date

from django.urls import reverse

from diagnostic.calculs.mixite import CODES, LIBELLES, NOTES_A_RAPPROCHER
from diagnostic.calculs.recherche import sans_accent
from diagnostic.models.avis import Note
from diagnostic.services import indicateurs
from diagnostic.services import mixite as service
from diagnostic.views.familles import famille
from diagnostic.views.indicateurs import provenance_source
from diagnostic.views.noms import Noms
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export

FILTRES = ("q", "famille", "bailleur", "commune", "note")


def part(rang: int, champ: str):
    """The share or the gap of one segment, as a number: « secret » when the row is masked."""

    def valeur(ligne):
        if ligne.secret:
            return SECRET
        lues = getattr(ligne, champ)
        return None if lues is None else float(lues[rang])

    return valeur


def titre(code: str) -> str:
    libelle = LIBELLES[code]
    return libelle[:1].upper() + libelle[1:]


def nom_de_famille(code: str) -> str:
    return famille(code) if code else "famille inconnue"


COLONNES_REFERENCE = (
    Colonne("famille", "Famille", lambda ref: nom_de_famille(ref.famille)),
    Colonne("residences", "Résidences notées 1 ou 2", lambda ref: ref.residences, "nombre"),
    Colonne("menages", "Ménages", lambda ref: SECRET if ref.secret else ref.menages, "nombre"),
    *(Colonne(code, titre(code), part(rang, "parts"), "pourcent") for rang, code in enumerate(CODES)),
)


def colonnes(noms: Noms) -> tuple[Colonne, ...]:
    return (
        Colonne(
            "nom",
            "Résidence",
            lambda une: une.residence.nom,
            lien=lambda une: reverse("residence", args=[une.residence.identifiant]),
        ),
        Colonne("bailleur", "Bailleur", lambda une: noms.organisation(une.residence.bailleur)),
        Colonne("commune", "Commune", lambda une: une.residence.commune.nom),
        Colonne("famille", "Famille", lambda une: nom_de_famille(une.famille)),
        Colonne("note", "Note publiée", lambda une: Note(une.note).label),
        Colonne("segments", "Segments à favoriser", lambda une: SECRET if une.secret else en_mots(une)),
        Colonne("menages", "Ménages", lambda une: SECRET if une.secret else une.menages, "nombre"),
        *(Colonne(code, titre(code), part(rang, "ecarts"), "points") for rang, code in enumerate(CODES)),
    )


def en_mots(ligne) -> str | None:
    if ligne.ecarts is None:
        return None
    return ", ".join(LIBELLES[code] for code in ligne.segments) or "aucun : la référence est atteinte"


def filtrer(lignes: list, choix: dict[str, str]) -> list:
    mots = sans_accent(choix["q"]).split()
    return [
        une
        for une in lignes
        if une.note in NOTES_A_RAPPROCHER
        and (not choix["famille"] or une.famille == choix["famille"])
        and (not choix["bailleur"] or une.residence.bailleur == choix["bailleur"])
        and (not choix["commune"] or une.residence.commune_id == choix["commune"])
        and (not choix["note"] or str(une.note) == choix["note"])
        and all(mot in une.residence.cle_recherche for mot in mots)
    ]


@page("epci", "ddt", "bailleur")
def mixite(request):
    selection, noms = request.selection, Noms(request.adhesion)
    lue = service.lire(request.adhesion, selection.epci, selection.millesime, date.today())
    choix = {cle: request.GET.get(cle, "") for cle in FILTRES}
    precision = f"(enquête {lue.millesime}, notes publiées au {lue.au:%d/%m/%Y})" if lue.millesime else ""
    references = Tableau(
        request,
        "Mixité de référence, par famille",
        COLONNES_REFERENCE,
        lue.references,
        vide="Aucune note publiée : la référence vient des résidences notées 1 ou 2, une fois leur note publiée.",
        prefixe="references_",
        nom_fichier=f"mixite-references-{selection.epci}-{lue.millesime}",
        precision=precision,
    )
    residences = Tableau(
        request,
        "Écarts à la référence des résidences notées 3 ou 4",
        colonnes(noms),
        filtrer(lue.lignes, choix),
        vide="Aucune résidence notée 3 ou 4 ne répond à ces filtres.",
        tri_defaut="nom",
        nom_fichier=f"mixite-{selection.epci}-{lue.millesime}",
        precision=precision,
    )
    contexte = {
        "references": references,
        "residences": residences,
        "mixite": lue,
        "choix": choix,
        "possibles": possibles(lue.lignes, noms),
        "provenance": provenance(request, lue),
    }
    return page_ou_export(request, "diagnostic/mixite.html", contexte, references, residences)


def possibles(lignes: list, noms: Noms) -> dict[str, list[tuple[str, str]]]:
    """Choices of each filter, in alphabetical order."""
    retenues = [une for une in lignes if une.note in NOTES_A_RAPPROCHER]
    paires = {
        "famille": {(une.famille, nom_de_famille(une.famille)) for une in retenues if une.famille},
        "bailleur": {(une.residence.bailleur, noms.organisation(une.residence.bailleur)) for une in retenues},
        "commune": {(une.residence.commune_id, une.residence.commune.nom) for une in retenues},
    }
    return {cle: sorted(valeurs, key=lambda paire: sans_accent(paire[1])) for cle, valeurs in paires.items()}


def provenance(request, lue: service.Mixite) -> list[tuple[str, str]]:
    lignes = [
        ("Méthode", "URHLM Hauts-de-France : occupation cumulée des résidences de la même famille notées 1 ou 2"),
        ("Notes", f"publiées par l'EPCI après les avis de proximité, en vigueur au {lue.au:%d/%m/%Y}"),
    ]
    if lue.millesime is None:
        return lignes
    sources = indicateurs.provenances(request.adhesion, lue.epci, lue.millesime)
    return lignes + [ligne for source in sources if source.source == "ops" for ligne in provenance_source(source)]
