"""One indicator compared over the places of a scale."""

from django.urls import reverse

from diagnostic.calculs.definitions import INDICATEURS, PAR_CODE, Source
from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs as service
from diagnostic.services.mesures import EN_PART
from diagnostic.services.perimetres import natures_presentes
from diagnostic.services.qualite import qualite
from diagnostic.services.territoires import PERIMETRES
from diagnostic.views.marques import MarqueMontree
from diagnostic.views.methodes import POPULATIONS
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export

NIVEAUX = (
    (Niveau.QPV.value, "par QPV"),
    (Niveau.NPNRU.value, "par quartier NPNRU"),
    (Niveau.SECTEUR.value, "par secteur"),
    (Niveau.COMMUNE.value, "par commune"),
    (Niveau.RESIDENCE.value, "par résidence"),
    (Niveau.EPCI.value, "entre territoires"),
)
SOURCES = {
    "ops": "Occupation (OPS)",
    "ops+rpls": "Occupation et logement (OPS, RPLS)",
    "gestion": "État locatif",
    "rpls": "Parc (RPLS)",
    "sne": "Demande (SNE)",
    "grille": "Grille qualitative",
}
DEPOTS_SNE = {"demandeurs": "SNE, demandes", "entrants": "SNE, attributions"}


def ou_secret(champ: str):
    return lambda ligne: SECRET if ligne.secret else getattr(ligne, champ)


def choix(request) -> dict:
    """Indicator, population and scale asked for; what does not exist falls back on the first that does."""
    indicateur = PAR_CODE.get(request.GET.get("code", ""), PAR_CODE["beneficiaires_apl"])
    populations = [population.value for population in indicateur.populations]
    population, niveau = request.GET.get("population", ""), request.GET.get("niveau", "")
    return {
        "indicateur": indicateur,
        "population": population if population in populations else populations[0],
        "niveau": niveau if niveau in dict(NIVEAUX) else Niveau.QPV.value,
    }


def lignes_de(request, voulu: dict) -> list:
    """Every place of the scale, after the whole territory and what is out of QPV, to compare with."""
    selection = request.selection
    entre_territoires = voulu["niveau"] == Niveau.EPCI
    reperes = (Niveau.EPCI,) if entre_territoires else (Niveau.EPCI, Niveau.HORS_QPV)
    lues = service.lire(
        request.adhesion,
        epci=None if entre_territoires else selection.epci,
        millesime=selection.millesime,
        code=voulu["indicateur"].code,
        population=voulu["population"],
        niveau=(*reperes, voulu["niveau"]),
    )

    def rang(ligne):
        return ligne.niveau not in reperes, ligne.niveau != Niveau.EPCI, ligne.epci != selection.epci

    return sorted(lues, key=rang)


def colonnes(indicateur, territoire) -> tuple[Colonne, ...]:
    ecart = Colonne("ecart", "Écart au territoire", lambda ligne: ecart_a(ligne, territoire), "points")
    return (
        Colonne("nom", "Lieu", lambda ligne: ligne.nom or ligne.territoire, lien=adresse),
        Colonne("echelle", "Échelle", lambda ligne: Niveau(ligne.niveau).label),
        Colonne("code", "Code", lambda ligne: ligne.code_residence or ligne.territoire),
        Colonne("numerateur", "Comptés", ou_secret("numerateur"), "nombre"),
        Colonne("denominateur", "Sur", ou_secret("denominateur"), "nombre"),
        Colonne("taux", indicateur.libelle, ou_secret("taux"), f"mesure:{indicateur.unite}"),
        *((ecart,) if indicateur.unite in EN_PART else ()),
        Colonne("repondants", "Population", ou_secret("repondants"), "nombre"),
    )


def colonne_des_marques(request, voulu: dict) -> tuple[Colonne, ...]:
    """What the data of each residence's bailleur are worth, where residences are compared."""
    source = voulu["indicateur"].source.value.partition("+")[0]
    if voulu["niveau"] != Niveau.RESIDENCE or source == Source.SNE:
        return ()
    lue = qualite(request.adhesion, request.selection.epci)

    def marque(ligne):
        trouvee = lue.marque(source, ligne.bailleur, ligne.millesime) if ligne.bailleur else None
        return MarqueMontree(trouvee, courte=True) if trouvee else None

    return (Colonne("donnees", f"Données du bailleur ({source.upper()})", marque, "marque"),)


def adresse(ligne) -> str | None:
    return reverse("residence", args=[ligne.territoire]) if ligne.niveau == Niveau.RESIDENCE else None


def ecart_a(ligne, territoire):
    if ligne.secret:
        return SECRET
    if territoire is None or ligne.taux is None or territoire.taux is None:
        return None
    return ligne.taux - territoire.taux


@page()
def indicateurs(request):
    """One indicator, its population and its scale chosen by the reader, over the places of the territory."""
    voulu = choix(request)
    indicateur = voulu["indicateur"]
    lignes = lignes_de(request, voulu)
    territoire = next((ligne for ligne in lignes if ligne.niveau == Niveau.EPCI), None)
    tableau = Tableau(
        request,
        f"{indicateur.libelle}, {POPULATIONS[voulu['population']]}",
        (*colonnes(indicateur, territoire), *colonne_des_marques(request, voulu)),
        lignes,
        vide="Aucune donnée pour cet indicateur et cette année : choisissez une autre année, ou attendez le dépôt des "
        "bailleurs.",
        nom_fichier=f"{indicateur.code}-{request.selection.millesime}",
        precision=f"(millésime {request.selection.millesime})",
    )
    contexte = voulu | {
        "tableau": tableau,
        "territoire": territoire,
        "barres": [(ligne.nom, ligne.taux) for ligne in lignes if ligne.niveau in PERIMETRES],
        "indicateurs": [(SOURCES[source], groupe) for source, groupe in par_source()],
        "niveaux": niveaux(request),
        "populations": [(p.value, POPULATIONS[p.value]) for p in indicateur.populations],
        "provenance": provenance(request, indicateur, voulu["population"]),
    }
    return page_ou_export(request, "diagnostic/indicateurs.html", contexte, tableau)


def niveaux(request) -> list[tuple[str, str]]:
    """Scales offered: residences to who may see one, territories to who sees several, NPNRU quarters and secteurs
    where there are some."""
    tus = set() if request.adhesion.nature in ("epci", "ddt", "bailleur") else {Niveau.RESIDENCE.value}
    tus |= set() if len(request.selection.territoires) > 1 else {Niveau.EPCI.value}
    connues = natures_presentes(request.adhesion, request.selection.epci)
    tus |= {niveau.value for niveau in (Niveau.NPNRU, Niveau.SECTEUR) if niveau.value not in connues}
    return [(code, libelle) for code, libelle in NIVEAUX if code not in tus]


def par_source() -> list[tuple[str, list]]:
    groupes: dict[str, list] = {}
    for indicateur in INDICATEURS:
        groupes.setdefault(indicateur.source.value, []).append(indicateur)
    return list(groupes.items())


def provenance(request, indicateur, population: str) -> list[tuple[str, str]]:
    """Where the figures come from: definition, source, deposits, version of the QPV."""
    selection = request.selection
    source = indicateur.source_pour(population).value
    lignes = [("Comptés", definition(indicateur)), ("Source", SOURCES[source])]
    sources = [population] if source == Source.SNE else source.split("+")
    for p in service.provenances(request.adhesion, selection.epci, selection.millesime):
        if p.source in sources:
            lignes += provenance_source(p)
    return lignes


def provenance_source(p) -> list[tuple[str, str]]:
    nom = DEPOTS_SNE.get(p.source, p.source.upper())
    return [
        (f"Dépôts {nom}", ", ".join(f"n° {numero}" for numero in p.depots) or "aucun"),
        *(() if p.source in DEPOTS_SNE else versions(p)),
        ("Calculé le", f"{p.calcule_le:%d/%m/%Y}"),
    ]


def versions(p) -> list[tuple[str, str]]:
    """Version of the perimeters that the counts of the stock and of its occupation were made on."""
    defaut = ", antérieure à défaut de celle en vigueur" if p.perimetre_anterieur else ""
    locaux = p.details.get("perimetres", {}).items()
    return [
        ("Version des QPV", f"{p.perimetre_version}{defaut}" if p.perimetre_version else "aucune chargée"),
        *((f"Version des périmètres : {Niveau(nature).label}", version) for nature, version in locaux),
    ]


def definition(indicateur) -> str:
    """The rule as it is computed, for who wants to check it."""
    sur = " et ".join(indicateur.connus) if indicateur.connus else indicateur.base
    return f"{indicateur.numerateur} ; sur : {sur}{f' ({indicateur.condition})' if indicateur.condition else ''}"
