"""Chapters of the whole diagnosis beyond counts and indices: market, weights of the places, accessibility of the stock,
mix and opinions. Each reads the service of its page."""

from datetime import date

from diagnostic.calculs.definitions import Population
from diagnostic.calculs.document import ENTIER, INDICE, SECRET, TEXTE, Chiffre, Colonne, Partie, Tableau
from diagnostic.calculs.familles import FAMILLES
from diagnostic.calculs.mixite import LIBELLES as SEGMENTS
from diagnostic.models.comptage import Niveau
from diagnostic.services import accessibilite, indicateurs_territoriaux, lecture_avis, mixite, poids

# Niveau of the figures brought from elsewhere and of the weights, in words.
NIVEAUX = {niveau.value: niveau.label for niveau in Niveau}
PESES = ("menages_moins_20_pct_plus", "menages_moins_40_pct_plus", "beneficiaires_apl")
SEULEMENT = ("epci", "ddt", "bailleur")  # who reads the mix, as on its page


def marche(adhesion, epci: str, millesime: int) -> Partie:
    lues = indicateurs_territoriaux.derniers(indicateurs_territoriaux.lire(adhesion, epci=epci), millesime)
    tableau = Tableau(
        "Parc privé et marché : derniers chiffres connus",
        (Colonne("Thème"), Colonne("Indicateur"), Colonne("Lieu"), Colonne("Année"))
        + (Colonne("Valeur", "menages"), Colonne("Source")),
        tuple(
            (
                ligne.libelle_theme,
                ligne.libelle,
                ligne.nom or ligne.territoire,
                str(ligne.annee),
                SECRET if ligne.secret else Chiffre(ligne.valeur, ligne.unite),
                ligne.source,
            )
            for ligne in lues
        ),
        vide="Aucun chiffre du marché déposé (format indicateurs_territoriaux).",
    )
    return Partie("Le parc privé et le marché", contenus=(tableau,), nouvelle_page=True)


def quartiers(adhesion, epci: str, millesime: int) -> Partie:
    lues = [ligne for ligne in poids.lire(adhesion, epci, millesime=millesime, code=PESES) if ligne.niveau != "epci"]

    def cellule(ligne, valeur):
        return SECRET if ligne.secret else valeur

    tableau = Tableau(
        "Poids et spécialisation des lieux",
        (Colonne("Niveau"), Colonne("Lieu"), Colonne("Indicateur"), Colonne("Population"))
        + (Colonne("Taux", "menages"), Colonne("Part du parc", "menages"))
        + (Colonne("Part de l'indicateur", "menages"), Colonne("Spécialisation", INDICE)),
        tuple(
            (
                NIVEAUX[ligne.niveau],
                ligne.nom,
                ligne.libelle,
                Population(ligne.population).libelle,
                cellule(ligne, ligne.taux),
                ligne.poids_parc,
                cellule(ligne, ligne.poids_indicateur),
                cellule(ligne, ligne.specialisation),
            )
            for ligne in lues
        ),
        note="Spécialisation : part du lieu dans l'indicateur, sur sa part dans la population comptée.",
    )
    return Partie("Les quartiers dans le territoire", contenus=(tableau,), nouvelle_page=True)


ETATS = {
    accessibilite.Etat.SANS_POPULATION: "Aucun ménage du premier quartile n'est connu sur ce territoire.",
    accessibilite.Etat.SANS_LOYER: "Aucun loyer à compter pour cette année.",
    accessibilite.Etat.APL_A_CALCULER: "L'APL des ménages de ce territoire n'est pas encore calculée.",
    accessibilite.Etat.LU: "",
}


def accessible(adhesion, epci: str, millesime: int) -> Partie:
    lue = accessibilite.lire(adhesion, epci, millesime)
    places = (
        accessibilite.Perimetre.TERRITOIRE,
        accessibilite.Perimetre.EN_QPV,
        accessibilite.Perimetre.HORS_QPV,
    )
    par_code: dict[tuple[str, str], dict] = {}
    for ligne in lue.lignes:
        par_code.setdefault((ligne.repartition, ligne.libelle), {})[ligne.perimetre] = ligne

    def part(ligne):
        if ligne is None:
            return None
        return SECRET if ligne.secret else ligne.taux

    tableau = Tableau(
        "Part du parc que le premier quartile peut payer",
        (Colonne("Répartition"), Colonne("Classe"), Colonne("Territoire", "logements"))
        + (Colonne("En QPV", "logements"), Colonne("Hors QPV", "logements")),
        tuple(
            (REPARTITIONS.get(repartition, repartition), libelle, *(part(lues.get(place.value)) for place in places))
            for (repartition, libelle), lues in par_code.items()
        ),
        vide=ETATS[lue.etat],
    )
    seuils = lue.reglages.seuils
    texte = (
        f"Taux d'effort de {100 * seuils.te:g} % au plus, reste pour vivre de {seuils.rpv:g} € par jour et par UC au "
        f"moins, {lue.reglages.charges_m2:g} € de charges par m² et par mois. L'APL est une estimation."
    ).replace(".0 ", " ")
    return Partie("L'accessibilité du parc", (texte,), (tableau,), nouvelle_page=True)


REPARTITIONS = {
    "ensemble": "Ensemble",
    "menage": "Ménage",
    "typologie": "Taille",
    "financement": "Financement",
    "sensibilite": "Selon les seuils",
}


def appreciations(adhesion, epci: str, millesime: int, le: date) -> tuple[Partie, ...]:
    """The opinions and the segments to favour; no such chapter for who does not read the mix."""
    if adhesion.nature not in SEULEMENT:
        return ()
    avis = Tableau(
        "Avis de proximité et notes publiées, de 1 (excellente) à 4 (à travailler)",
        (Colonne("Résidence"), Colonne("État"), Colonne("Bailleur", ENTIER), Colonne("Commune", ENTIER))
        + (Colonne("Proposée", ENTIER), Colonne("Publiée", ENTIER)),
        tuple(
            (
                ligne.residence.nom,
                lecture_avis.LIBELLES[ligne.etat],
                *(un.note if un else None for un in (ligne.bailleur, ligne.commune)),
                ligne.proposee,
                ligne.publiee.note if ligne.publiee else None,
            )
            for ligne in lecture_avis.lire(adhesion, epci, le)
        ),
        vide="Aucune résidence n'a été soumise aux avis de proximité.",
    )
    texte = "Ces écarts éclairent la CALEOL, qui reste souveraine : ils ne décident d'aucune attribution."
    return (Partie("Avis et mixité", (texte,), (avis, *_mixite(adhesion, epci, millesime, le)), nouvelle_page=True),)


def _mixite(adhesion, epci: str, millesime: int, le: date) -> tuple[Tableau, ...]:
    lue = mixite.lire(adhesion, epci, millesime, le)
    segments = tuple(Colonne(libelle, "menages") for libelle in SEGMENTS.values())

    def parts(ligne):
        if ligne.parts is None:
            return (SECRET if ligne.secret else None,) * len(SEGMENTS)
        return tuple(float(une) for une in ligne.parts)

    references = Tableau(
        "Mixité de référence, par famille",
        (Colonne("Famille"), Colonne("Résidences", ENTIER), *segments),
        tuple((FAMILLES.get(r.famille, r.famille), r.residences, *parts(r)) for r in lue.references),
        vide="Aucune note publiée : la référence vient des résidences notées 1 ou 2, une fois leur note publiée.",
    )
    residences = Tableau(
        "Résidences notées et segments à favoriser",
        (Colonne("Résidence"), Colonne("Famille"), Colonne("Note", ENTIER), Colonne("À favoriser", TEXTE)),
        tuple(
            (
                ligne.residence.nom,
                FAMILLES.get(ligne.famille, ligne.famille),
                ligne.note,
                SECRET if ligne.secret else ", ".join(SEGMENTS[code] for code in ligne.segments),
            )
            for ligne in lue.lignes
        ),
        vide="Aucune résidence n'a de note publiée.",
    )
    return references, residences
