"""« D'où vient ce chiffre » of an attainment: what is counted, when, in which perimeter, with which threshold."""

from attributions.services.sources import Sources

BASES = {
    "bail": "attributions suivies d'un bail signé, à l'année du bail",
    "attribution": "attributions décidées, sauf annulées, à l'année de la décision",
}
ALERTES = {
    "non_concerne": "territoire non concerné cette année-là par les taux légaux : pas de verdict",
    "seuil_anterieur": "seuil de l'année absent : le dernier seuil antérieur a servi",
    "perimetre_anterieur": "version des QPV en vigueur non chargée : une version antérieure a servi",
    "qpv_declare": "une partie des logements est située par déclaration, faute de coordonnées",
    "sans_annee_de_reference": "pas de chiffre pour l'année de référence : pas de cible",
}


def en_clair(alerte: str) -> str:
    if alerte.startswith("moins_de_"):
        return f"moins de {alerte.split('_')[2]} événements : taux montré sans verdict"
    return ALERTES.get(alerte, alerte)


def provenance(ligne, sources: Sources) -> list[tuple[str, str]]:
    """`sources`: those of the line's territory and year, for this reader."""
    lignes = [
        ("Source", "extraits du SNE (radiations), logements situés par les fichiers des bailleurs"),
        ("Base", BASES[ligne.base]),
        ("Périmètre", f"QPV en vigueur à la date de l'événement compté{versions(sources)}"),
        ("Texte", ligne.source or "convention intercommunale d'attribution"),
        ("Arrêté au", f"{ligne.au:%d/%m/%Y}, calculé le {ligne.calcule_le:%d/%m/%Y}"),
    ]
    if sources.depots:
        lignes.insert(1, ("Dépôts SNE", ", ".join(f"n° {numero}" for numero in sources.depots)))
    if any(mot in ligne.objectif for mot in ("q1", "q2")):
        regle = "recalculé : revenu mensuel × 12 / UC, au seuil de l'année de la décision"
        lignes.insert(2, ("Quartile", f"{regle}{seuils(sources)}"))
    return lignes + [("À savoir", en_clair(alerte)) for alerte in ligne.alertes]


def versions(sources: Sources) -> str:
    return f" (version {', '.join(sources.versions)})" if sources.versions else ""


def seuils(sources: Sources) -> str:
    """Thresholds of the first quartile that were applied, euros a year per UC."""
    connus = [f"{annee} : {montant:.0f} € par an et par UC" for annee, montant in sources.seuils if montant is not None]
    return f" ({' ; '.join(connus)})" if connus else ""
