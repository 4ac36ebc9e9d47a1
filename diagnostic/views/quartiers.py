"""Quartiers, secteurs and communes: their weight in the territory, and each one beside it."""

from django.http import Http404
from django.urls import reverse

from diagnostic.calculs.definitions import PAR_CODE
from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs, poids, quartiers, trois_effets
from diagnostic.services.mesures import EN_PART
from diagnostic.services.perimetres import natures_presentes
from diagnostic.views.fiche import Mesure
from diagnostic.views.indicateurs import SOURCES, provenance_source
from diagnostic.views.methodes import POPULATIONS
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export

LIBELLES = {
    Niveau.QPV.value: "QPV",
    Niveau.NPNRU.value: "Quartiers NPNRU",
    Niveau.SECTEUR.value: "Secteurs locaux",
    Niveau.COMMUNE.value: "Communes",
}


def ou_secret(valeur):
    """`valeur(ligne)` unless the line is masked or absent."""

    def lire(ligne):
        return None if ligne is None else SECRET if ligne.secret else valeur(ligne)

    return lire


# --- all the places of a scale --------------------------------------------------------------------------------------


def choix(request, niveaux) -> dict:
    """Scale, indicator and population asked for; what does not exist falls back on the first that does."""
    code = request.GET.get("code", "")
    indicateur = PAR_CODE[code if code in poids.PESES else poids.TRES_MODESTES]
    populations = [population.value for population in indicateur.populations]
    niveau, population = request.GET.get("niveau", ""), request.GET.get("population", "")
    return {
        "indicateur": indicateur,
        "population": population if population in populations else populations[0],
        "niveau": niveau if niveau in dict(niveaux) else niveaux[0][0],
    }


def niveaux_presents(request) -> list[tuple[str, str]]:
    """Scales of which the territory has places; communes always."""
    connues = natures_presentes(request.adhesion, request.selection.epci)
    return [(n.value, LIBELLES[n]) for n in quartiers.NIVEAUX if n == Niveau.COMMUNE or n.value in connues]


class LigneDuTableau:
    """A place in the table: its weights for the indicator chosen, and what it takes in."""

    def __init__(self, ligne: poids.LignePoids, accueil: poids.FonctionsAccueil | None):
        self.ligne = ligne
        self.accueil = accueil or poids.FonctionsAccueil(None, None)


def colonnes(indicateur) -> tuple[Colonne, ...]:
    def du_choix(champ):
        lire = ou_secret(lambda ligne: getattr(ligne, champ))
        return lambda rangee: lire(rangee.ligne)

    def accueilli(population, champ):
        lire = ou_secret(lambda ligne: getattr(ligne, champ))
        return lambda rangee: lire(getattr(rangee.accueil, population))

    return (
        Colonne("nom", "Lieu", lambda r: r.ligne.nom or r.ligne.territoire, lien=lambda r: adresse(r.ligne)),
        Colonne("code", "Code", lambda r: r.ligne.territoire),
        Colonne("parc", "Part du parc", lambda r: r.ligne.poids_parc, "pourcent"),
        Colonne("locataires", "Part des locataires", accueilli("locataires", "poids_population"), "pourcent"),
        Colonne("modestes", "Part des moins de 20 %", accueilli("locataires", "poids_indicateur"), "pourcent"),
        Colonne("recents", "Part des récents de moins de 20 %", accueilli("recents", "poids_indicateur"), "pourcent"),
        Colonne("taux", indicateur.libelle, du_choix("taux"), "pourcent"),
        Colonne("part", "Part de l'indicateur", du_choix("poids_indicateur"), "pourcent"),
        Colonne("specialisation", "Indice de spécialisation", du_choix("specialisation"), "indice"),
        Colonne("version", "Version du périmètre", lambda r: r.ligne.version),
    )


def adresse(ligne) -> str:
    return reverse("quartier", args=[ligne.niveau, ligne.territoire])


@page()
def liste(request):
    """Weights of the places of one scale, for one indicator and population."""
    niveaux = niveaux_presents(request)
    voulu = choix(request, niveaux)
    selection, indicateur = request.selection, voulu["indicateur"]
    lues = poids.lire(
        request.adhesion,
        selection.epci,
        niveau=voulu["niveau"],
        millesime=selection.millesime,
        code={indicateur.code, poids.TRES_MODESTES},
    )
    accueil = poids.fonctions_accueil(lues)
    lignes = [
        LigneDuTableau(ligne, accueil.get((ligne.niveau, ligne.territoire, ligne.version)))
        for ligne in lues
        if (ligne.code, ligne.population) == (indicateur.code, voulu["population"])
    ]
    tableau = Tableau(
        request,
        f"Poids dans le territoire : {indicateur.libelle}, {POPULATIONS[voulu['population']]}",
        colonnes(indicateur),
        lignes,
        vide="Aucun lieu compté à cette échelle pour cet indicateur et cette année : choisissez une autre année ou un "
        "autre indicateur, ou attendez le dépôt des bailleurs.",
        tri_defaut="-specialisation",
        nom_fichier=f"poids-{voulu['niveau']}-{indicateur.code}-{selection.millesime}",
        precision=f"(millésime {selection.millesime})",
    )
    contexte = voulu | {
        "tableau": tableau,
        "niveaux": niveaux,
        "indicateurs": indicateurs_peses(),
        "populations": [(p.value, POPULATIONS[p.value]) for p in indicateur.populations],
        "barres": [(r.ligne.nom or r.ligne.territoire, r.ligne.specialisation) for r in tableau.triees],
        "provenance": provenance(request),
    }
    return page_ou_export(request, "diagnostic/quartiers.html", contexte, tableau)


def indicateurs_peses() -> list[tuple[str, list]]:
    """Indicators of which a part may be taken, by source."""
    groupes: dict[str, list] = {}
    for code in poids.PESES:
        groupes.setdefault(SOURCES[PAR_CODE[code].source.value], []).append(PAR_CODE[code])
    return list(groupes.items())


def provenance(request) -> list[tuple[str, str]]:
    selection = request.selection
    lues = indicateurs.provenances(request.adhesion, selection.epci, selection.millesime)
    return [
        ("Indice de spécialisation", "part du lieu parmi ceux que compte l'indicateur, sur sa part de leur population"),
        *(ligne for p in lues for ligne in provenance_source(p)),
    ]


# --- one place ------------------------------------------------------------------------------------------------------

COLONNES_POIDS = (
    Colonne("libelle", "Indicateur", lambda p: p.libelle),
    Colonne("taux", "Taux du lieu", ou_secret(lambda p: p.taux), "pourcent"),
    Colonne("territoire", "Taux du territoire", ou_secret(lambda p: p.taux_territoire), "pourcent"),
    Colonne("parc", "Part du parc", lambda p: p.poids_parc, "pourcent"),
    Colonne("poids", "Part de la population", ou_secret(lambda p: p.poids_population), "pourcent"),
    Colonne("part", "Part de l'indicateur", ou_secret(lambda p: p.poids_indicateur), "pourcent"),
    Colonne("specialisation", "Spécialisation", ou_secret(lambda p: p.specialisation), "indice"),
)


def colonnes_tendance(unite: str) -> tuple[Colonne, ...]:
    ecart = Colonne("ecart", "Écart", ecart_au_territoire, "points")
    return (
        Colonne("millesime", "Millésime", lambda e: e.millesime, "annee"),
        Colonne("ici", "Lieu", lambda e: taux(e.ici), f"mesure:{unite}"),
        Colonne("territoire", "Territoire", lambda e: taux(e.territoire), f"mesure:{unite}"),
        *((ecart,) if unite in EN_PART else ()),
        Colonne("comptes", "Comptés", lambda e: ou_secret(lambda li: li.numerateur)(e.ici), "nombre"),
        Colonne("sur", "Sur", lambda e: ou_secret(lambda li: li.denominateur)(e.ici), "nombre"),
        Colonne("version", "Version du périmètre", lambda e: e.ici.version),
    )


COLONNES_EFFETS = (
    Colonne("effet", "Effet", lambda e: e[0]),
    Colonne("points", "Points de pauvreté", lambda e: float(e[1]), "points"),
    Colonne("lecture", "Lecture", lambda e: e[2], triable=False),
)
COLONNES_MESURES = (
    Colonne("libelle", "Mesure", lambda m: m.libelle),
    Colonne("ici", "Lieu", lambda m: float(m.ici), "pourcent"),
    Colonne("territoire", "Territoire", lambda m: float(m.territoire), "pourcent"),
    Colonne("annee", "Année", lambda m: m.annee, "annee"),
    Colonne("source", "Source", lambda m: m.source),
)


def lignes_effets(decomposition: trois_effets.Decomposition) -> list[tuple]:
    """(effect, points, what it says)."""
    effets = decomposition.effets
    return [
        (
            "Structure de l'offre",
            effets.structure,
            "plus ou moins de logements sociaux qu'ailleurs, aux taux du territoire",
        ),
        (
            "Attributions",
            effets.attributions,
            "des locataires du parc social plus ou moins pauvres que ceux du territoire",
        ),
        ("Parc privé", effets.parc_prive, "des ménages du parc privé plus ou moins pauvres que ceux du territoire"),
        ("Résidu", effets.residu, "ce qui tient à la fois à la structure de l'offre et au peuplement"),
        ("Écart au territoire", effets.ecart, "somme des quatre"),
    ]


taux = ou_secret(lambda ligne: ligne.taux)


def ecart_au_territoire(etape: quartiers.Etape):
    ici, la = taux(etape.ici), taux(etape.territoire)
    if ici is SECRET or la is SECRET:
        return SECRET
    return None if ici is None or la is None else ici - la


def colonnes_traits(releves: list[quartiers.Releve]) -> tuple[Colonne, ...]:
    return (
        Colonne("libelle", "Trait", lambda t: t.libelle),
        *(
            Colonne(
                r.population,
                titre_du_releve(r),
                lambda t, population=r.population: Mesure.de(taux(t.lignes.get(population)), t.unite),
                "mesure_unite",
                triable=False,
            )
            for r in releves
        ),
    )


def titre_du_releve(releve: quartiers.Releve) -> str:
    ou = f", {releve.nom}" if releve.nom else ""
    return f"{POPULATIONS[releve.population].capitalize()}{ou} ({releve.millesime})"


@page()
def quartier(request, niveau, code):
    """One place; unknown, of another scale or of another territory: 404."""
    lieu = quartiers.trouver(request.adhesion, request.selection.epci, niveau, code)
    if lieu is None:
        raise Http404
    millesime = request.selection.millesime
    portrait = quartiers.Portrait(request.adhesion, lieu, millesime)
    voulu = choix_du_trait(request)
    indicateur = voulu["indicateur"]
    etapes = portrait.tendance(indicateur.code, voulu["population"])
    options = {"prefixe": "t_", "nom_fichier": f"tendance-{code}-{indicateur.code}", "tri_defaut": "millesime"}
    tendance = Tableau(
        request,
        f"{indicateur.libelle}, {POPULATIONS[voulu['population']]}, d'une année à l'autre",
        colonnes_tendance(indicateur.unite),
        etapes,
        vide="Aucune année n'a de donnée pour cet indicateur et cette population sur ce lieu.",
        **options,
    )
    traits = Tableau(
        request,
        "Locataires, emménagés récents, entrants et demandeurs",
        colonnes_traits(portrait.releves),
        portrait.traits,
        prefixe="p_",
        vide="Ni enquête OPS ni extrait du SNE pour ce lieu jusqu'à cette année.",
        nom_fichier=f"profils-{code}-{millesime}",
    )
    pesees = Tableau(
        request,
        f"Poids dans le territoire, {POPULATIONS[voulu['population']]}",
        COLONNES_POIDS,
        [ligne for ligne in portrait.poids if ligne.population == voulu["population"]],
        prefixe="i_",
        vide="Aucun indicateur compté sur ce lieu cette année.",
        nom_fichier=f"poids-{code}-{millesime}",
        taille_defaut=25,
        precision=f"(millésime {millesime})",
    )
    effets, mesures, manque = decomposition(request, portrait)
    contexte = voulu | {
        "lieu": lieu,
        "effets": effets,
        "mesures": mesures,
        "manque": manque,
        "echelle": Niveau(niveau).label,
        "portrait": portrait,
        "millesime": millesime,
        "tendance": tendance,
        "courbe": [(e.millesime, None if e.ici.secret else e.ici.taux) for e in etapes],
        "reference": next((e.territoire.taux for e in reversed(etapes) if e.territoire), None),
        "traits": traits,
        "compares": compares(portrait, indicateur.code),
        "pesees": pesees,
        "indicateurs": indicateurs_suivis(),
        "populations": [(p.value, POPULATIONS[p.value]) for p in indicateur.populations],
        "provenance": provenance(request),
    }
    return page_ou_export(request, "diagnostic/quartier.html", contexte, tendance, traits, pesees, effets, mesures)


def decomposition(request, portrait: quartiers.Portrait) -> tuple[Tableau, Tableau, str]:
    """Tables of the effects and of what they were made from, and what is missing to make them."""
    manque = ""
    lignes: list = []
    mesures: list = []
    try:
        trouvee = trois_effets.decomposer_le_lieu(request.adhesion, portrait)
        lignes, mesures = lignes_effets(trouvee), trouvee.mesures
    except trois_effets.Manque as manquant:
        manque = str(manquant)
    code = portrait.lieu.code
    return (
        Tableau(request, "Trois effets", COLONNES_EFFETS, lignes, prefixe="e_", nom_fichier=f"effets-{code}"),
        Tableau(request, "Mesures", COLONNES_MESURES, mesures, prefixe="m_", nom_fichier=f"mesures-{code}"),
        manque,
    )


def choix_du_trait(request) -> dict:
    """Indicator and population to follow."""
    indicateur = PAR_CODE.get(request.GET.get("code", ""), PAR_CODE[poids.TRES_MODESTES])
    populations = [population.value for population in indicateur.populations]
    population = request.GET.get("population", "")
    return {"indicateur": indicateur, "population": population if population in populations else populations[0]}


def indicateurs_suivis() -> list[tuple[str, list]]:
    groupes: dict[str, list] = {}
    for indicateur in PAR_CODE.values():
        groupes.setdefault(SOURCES[indicateur.source.value], []).append(indicateur)
    return list(groupes.items())


def compares(portrait: quartiers.Portrait, code: str) -> list[tuple[str, float | None]]:
    """The trait chosen, population by population, to draw."""
    trait = next((t for t in portrait.traits if t.code == code), None)
    if trait is None:
        return []
    lues = [(r, trait.lignes.get(r.population)) for r in portrait.releves]
    return [(titre_du_releve(r), None if ligne is None or ligne.secret else ligne.taux) for r, ligne in lues]
