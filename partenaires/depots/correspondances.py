"""The mapping that an organisation has recorded for a type: applied to the headers and codes of its files, and told in
the report with what is still to be matched (`partenaires.models.Correspondance`)."""

from collections.abc import Mapping

from partenaires.depots.contexte import Contexte
from partenaires.depots.contrats import Colonne, Format
from partenaires.depots.entetes import Correspondance as Entetes
from partenaires.depots.entetes import cle, en_double
from partenaires.depots.rapport import CorrespondanceAppliquee, Refus
from partenaires.models import Correspondance, Depot

VALEURS_CITEES = 50
LONGUEUR_CITEE = 100


def choisir(depot: Depot) -> tuple[str, Correspondance | None]:
    """Whose mapping serves this deposit and its latest version: the owner's, else the depositor's."""
    siens = list(dict.fromkeys(un for un in (depot.organisation, depot.deposant) if un is not None))
    if not siens:
        return "", None
    connues = {
        c.organisation_id: c
        for c in Correspondance.objects.en_vigueur().filter(type=depot.type, organisation__in=siens)
    }
    choisie = next((un for un in siens if un.pk in connues), siens[0])
    return choisie.siren, connues.get(choisie.pk)


def appliquer(un_format: Format, depot: Depot, entetes: list[str], trouve: Entetes) -> CorrespondanceAppliquee:
    """Completes `trouve` with the columns and codes that the mapping gives. A column under its own name wins.

    Raises Refus where a mapped header stands twice.
    """
    siren, enregistree = choisir(depot)
    appliquee = CorrespondanceAppliquee(siren)
    if enregistree is not None:
        appliquee.version = enregistree.version
        appliquee.entetes = rattacher_tout(un_format, entetes, trouve, enregistree.entetes)
        trouve.codes = {nom: codes for nom, codes in enregistree.codes.items() if nom in trouve.rangs}
        appliquee.codes = trouve.codes
    appliquee.colonnes_libres = [
        c.nom for c in un_format.colonnes if c.nom not in trouve.rangs and not c.nom.startswith("__")
    ]
    return appliquee


def connues(adhesion) -> dict[str, dict[str, str]]:
    """By type, the headers mapped by the organisations that the member deposits for: what tells a file's type."""
    toutes: dict[str, dict[str, str]] = {}
    for une in Correspondance.objects.visible_to(adhesion).en_vigueur():
        toutes.setdefault(une.type, {}).update(une.entetes)
    return toutes


def rattacher_tout(un_format: Format, entetes: list[str], trouve: Entetes, leurs: Mapping[str, str]) -> dict[str, str]:
    """Completes `trouve` with the mapped headers that the file has; returns those. Raises Refus."""
    return {
        leur: notre
        for leur, notre in leurs.items()
        if notre not in trouve.rangs and rattacher(un_format, entetes, trouve, leur, notre)
    }


def rattacher(un_format: Format, entetes: list[str], trouve: Entetes, leur: str, notre: str) -> bool:
    """Is `leur` a header of the file, free to be `notre`?"""
    if not any(c.nom == notre for c in un_format.colonnes):
        return False
    pris = set(trouve.rangs.values())
    rangs = [i for i, nom in enumerate(entetes) if i not in pris and nom and cle(nom) == cle(leur)]
    if len(rangs) > 1:
        raise Refus(en_double(leur, rangs))
    if not rangs:
        return False
    trouve.rangs[notre] = rangs[0]
    trouve.ignorees.discard(rangs[0])
    trouve.inconnues = [nom for nom in trouve.inconnues if nom != entetes[rangs[0]]]
    trouve.manquantes = [nom for nom in trouve.manquantes if nom != notre]
    return True


def noter_valeurs(ctx: Contexte) -> None:
    """The different values that their column's closed list does not hold; never personal ones."""
    if ctx.rapport.correspondance is None:
        return
    hors_liste = {un.colonne for un in ctx.rapport.erreurs if un.code == "valeur_hors_liste"}
    for colonne in ctx.format.colonnes:
        if colonne.nom in hors_liste and colonne.valeurs and not colonne.personnelle:
            ctx.rapport.correspondance.valeurs[colonne.nom] = lues(ctx, colonne)


def lues(ctx: Contexte, colonne: Colonne) -> list[str]:
    rang = ctx.correspondance.rangs[colonne.nom]
    vues = ctx.sql(
        f"SELECT btrim(b.c{rang}) AS v FROM brut b JOIN lignes l ON l.ligne = b.ligne WHERE %s = ANY(l.fautes)"
        f" AND char_length(btrim(b.c{rang})) <= {LONGUEUR_CITEE}"
        f" GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {VALEURS_CITEES}",
        [f"valeur_hors_liste:{colonne.nom}"],
    )
    return [valeur for (valeur,) in vues]
