"""The whole diagnosis of a territory as one document: what the pages and the API show, from the same services, as its
reader may see it."""

from collections import Counter
from datetime import date

from diagnostic.calculs.definitions import INDICATEURS, Population
from diagnostic.calculs.document import (
    ENTIER,
    INDICE,
    SECRET,
    Colonne,
    Document,
    Figure,
    Partie,
    Tableau,
)
from diagnostic.calculs.planche import planche
from diagnostic.models import Territoire
from diagnostic.models.comptage import Niveau
from diagnostic.services import carte, dossier_chapitres, indicateurs, indices, parc, qualite
from diagnostic.services.contours import perimetres_connus
from diagnostic.services.fiches import compte, provenance, taux
from partenaires.api.tableaux import audience_de
from partenaires.models import Organisation

ENSEMBLE = Population.ENSEMBLE.value
NIVEAUX = (Niveau.EPCI, Niveau.HORS_QPV, Niveau.QPV, Niveau.NPNRU, Niveau.SECTEUR, Niveau.COMMUNE)
SEULS = (Niveau.EPCI, Niveau.HORS_QPV)
# Of the tables that hold one line a place: what tells most of its tenants.
CLES = (
    "menages_moins_40_pct_plus",
    "beneficiaires_apl",
    "sans_emploi_ou_inactifs",
    "monoparentales",
    "personnes_seules",
    "titulaires_65_ans",
)
LIBELLE_INDICATEUR = {indicateur.code: indicateur.libelle for indicateur in INDICATEURS}


def diagnostic(adhesion, territoire: Territoire, millesime: int, le: date) -> Document:
    """Everything that the reader may see of the territory at that millésime; what is masked reads « secret »."""
    lues = list(indicateurs.lire(adhesion, epci=territoire.siren, niveau=NIVEAUX))
    return Document(
        titre=f"Diagnostic partagé : {territoire.nom}",
        sous_titre=f"Millésime {millesime}",
        audience=audience_de(adhesion),
        le=le,
        sommaire=True,
        parties=(
            _territoire(adhesion, territoire, millesime),
            _parc(adhesion, territoire.siren, millesime),
            *_occupation(lues, millesime),
            _evolution(lues),
            dossier_chapitres.quartiers(adhesion, territoire.siren, millesime),
            dossier_chapitres.marche(adhesion, territoire.siren, millesime),
            dossier_chapitres.accessible(adhesion, territoire.siren, millesime),
            *dossier_chapitres.appreciations(adhesion, territoire.siren, millesime, le),
            *_methodes(adhesion, territoire.siren, millesime),
            _qualite(adhesion, territoire.siren, millesime),
            Partie("D'où viennent ces chiffres", contenus=(provenance(adhesion, territoire.siren, millesime),)),
            _dictionnaire(),
        ),
    )


# --- territory ------------------------------------------------------------------------------------------------------
def _territoire(adhesion, territoire: Territoire, millesime: int) -> Partie:
    perimetres = perimetres_connus(adhesion, territoire.siren)
    par_nature = Counter((p.nature, p.version) for p in perimetres)
    tableau = Tableau(
        "Périmètres connus",
        (Colonne("Nature"), Colonne("Version"), Colonne("Nombre", ENTIER)),
        tuple((nature.upper(), version, nombre) for (nature, version), nombre in sorted(par_nature.items())),
        vide="Aucun périmètre déposé.",
    )
    figure = _figure(adhesion, territoire, millesime)
    return Partie("Le territoire", contenus=(tableau, *([figure] if figure else [])))


def _figure(adhesion, territoire: Territoire, millesime: int) -> Figure | None:
    vue = carte.carte(adhesion, territoire.siren, millesime=millesime)
    points = [
        (*f["geometry"]["coordinates"], f["properties"]["rang"]) for f in vue["features"] if f["geometry"] is not None
    ]
    dessin = planche(
        [f["geometry"] for f in vue["communes"]["features"]],
        [f["geometry"] for f in vue["perimetres"]["features"]],
        points,
        [classe["libelle"] for classe in vue["classes"]],
    )
    if dessin is None:
        return None
    effectifs = Counter(f["properties"]["classe"] or "sans valeur ou secret" for f in vue["features"])
    texte = ", ".join(f"{classe} : {nombre}" for classe, nombre in effectifs.items()) or "aucune résidence visible"
    return Figure(
        f"Résidences par classe, méthode {vue['methode'] or 'non calculée'}",
        dessin,
        f"Carte des communes, des QPV et des résidences situées, par classe : {texte}.",
    )


# --- stock ----------------------------------------------------------------------------------------------------------
def _parc(adhesion, epci: str, millesime: int) -> Partie:
    groupes: dict[tuple[str, str], dict[str, parc.LigneParc]] = {}
    for ligne in parc.lire(adhesion, epci, millesime):
        if ligne.bailleur is None:
            groupes.setdefault((ligne.repartition, ligne.libelle), {})[ligne.perimetre] = ligne
    titres = {groupe.code: groupe.titre for groupe in parc.GROUPES}
    places = (parc.Perimetre.TERRITOIRE, parc.Perimetre.EN_QPV, parc.Perimetre.HORS_QPV)
    lignes = tuple(
        (titres[repartition], libelle, *(cellule for place in places for cellule in _compte(lues.get(place))))
        for (repartition, libelle), lues in groupes.items()
    )
    colonnes = (Colonne("Répartition"), Colonne("Classe")) + tuple(
        colonne
        for nom in ("Territoire", "En QPV", "Hors QPV")
        for colonne in (Colonne(f"{nom}, logements", ENTIER), Colonne(f"{nom}, part", "logements"))
    )
    tableau = Tableau("Le parc social et ses loyers", colonnes, lignes, vide="Aucun RPLS déposé pour cette année.")
    return Partie("Le parc", contenus=(tableau,), nouvelle_page=True)


def _compte(ligne) -> tuple:
    if ligne is None:
        return None, None
    return (SECRET, SECRET) if ligne.secret else (ligne.numerateur, ligne.taux)


# --- occupation -----------------------------------------------------------------------------------------------------
def _occupation(lues: list, millesime: int) -> tuple[Partie, ...]:
    de_l_annee = [ligne for ligne in lues if ligne.millesime == millesime]
    par_cle = {(ligne.niveau, ligne.code, ligne.population): ligne for ligne in de_l_annee if ligne.niveau in SEULS}
    lignes = tuple(
        (
            ligne.libelle,
            Population(population).libelle,
            taux(ligne),
            compte(ligne, ligne.numerateur),
            compte(ligne, ligne.denominateur),
            taux(par_cle.get((Niveau.HORS_QPV, code, population))),
        )
        for (niveau, code, population), ligne in par_cle.items()
        if niveau == Niveau.EPCI
    )
    ensemble = Tableau(
        "Indicateurs du territoire",
        (
            Colonne("Indicateur"),
            Colonne("Population"),
            Colonne("Territoire", "menages"),
            Colonne("Comptés", ENTIER),
            Colonne("Sur", ENTIER),
            Colonne("Hors QPV", "menages"),
        ),
        lignes,
        vide="Aucun indicateur pour cette année.",
    )
    lieux = tuple(
        tableau
        for niveau in (Niveau.QPV, Niveau.NPNRU, Niveau.SECTEUR, Niveau.COMMUNE)
        if (tableau := _lieux(niveau, de_l_annee)).lignes
    )
    return (
        Partie("L'occupation", contenus=(ensemble,), nouvelle_page=True),
        Partie("L'occupation par lieu", contenus=lieux, nouvelle_page=True),
    )


def _lieux(niveau: Niveau, lues: list) -> Tableau:
    lieux: dict[tuple[str, str], dict] = {}
    for ligne in lues:
        if ligne.niveau == niveau and ligne.population == ENSEMBLE and ligne.code in CLES:
            lieux.setdefault((ligne.territoire, ligne.nom), {})[ligne.code] = ligne
    return Tableau(
        f"Occupation : {niveau.label}",
        (Colonne("Code"), Colonne("Nom"), *(Colonne(LIBELLE_INDICATEUR[code], "menages") for code in CLES)),
        tuple((code, nom, *(taux(valeurs.get(cle)) for cle in CLES)) for (code, nom), valeurs in lieux.items()),
    )


def _evolution(lues: list) -> Partie:
    du_territoire = [ligne for ligne in lues if ligne.niveau == Niveau.EPCI and ligne.population == ENSEMBLE]
    annees = sorted({ligne.millesime for ligne in du_territoire})
    par_code: dict[str, dict] = {}
    for ligne in du_territoire:
        par_code.setdefault(ligne.libelle, {})[ligne.millesime] = ligne
    tableau = Tableau(
        "Évolution des indicateurs du territoire",
        (Colonne("Indicateur"), *(Colonne(str(annee), "menages") for annee in annees)),
        tuple((libelle, *(taux(valeurs.get(a)) for a in annees)) for libelle, valeurs in par_code.items()),
    )
    return Partie("L'évolution", contenus=(tableau,), nouvelle_page=True)


# --- indices --------------------------------------------------------------------------------------------------------
def _methodes(adhesion, epci: str, millesime: int) -> tuple[Partie, ...]:
    """One reading for all the methods."""
    par_methode: dict[int, list] = {}
    for ligne in indices.lire(adhesion, epci=epci, millesime=millesime, detail=False):
        par_methode.setdefault(ligne.definition.pk, []).append(ligne)
    en_service = indices.methodes(adhesion).du_territoire(epci)
    return tuple(_methode(methode, par_methode.get(methode.pk, [])) for methode in en_service)


def _methode(methode, lignes: list) -> Partie:
    residences = [ligne for ligne in lignes if ligne.niveau == Niveau.RESIDENCE]
    effectifs = Counter(ligne.classe for ligne in residences if ligne.classe)
    autres = Counter("masquées (secret)" if r.secret else "sans valeur" for r in residences if not r.classe)
    classes = Tableau(
        f"{methode.libelle} : résidences par classe",
        (Colonne("Classe"), Colonne("Résidences", ENTIER)),
        tuple((classe, effectifs[classe]) for classe in methode.libelles) + tuple(sorted(autres.items())),
    )
    liste = Tableau(
        f"{methode.libelle} : lieux et résidences",
        (Colonne("Niveau"), Colonne("Nom"), Colonne("Code"), Colonne("Valeur", INDICE), Colonne("Classe")),
        tuple(
            (
                Niveau(ligne.niveau).label,
                ligne.nom,
                ligne.territoire,
                SECRET if ligne.secret else ligne.valeur,
                SECRET if ligne.secret else ligne.classe or "sans valeur",
            )
            for ligne in sorted(lignes, key=lambda ligne: (RANG[ligne.niveau], ligne.nom))
        ),
    )
    textes = tuple(texte for texte in (f"Source : {methode.source}.", methode.reglages) if texte)
    return Partie(methode.libelle, textes, (classes, liste) if residences else (liste,), nouvelle_page=True)


RANG = {niveau.value: rang for rang, niveau in enumerate((*NIVEAUX, Niveau.RESIDENCE))}


# --- how far one may trust it ---------------------------------------------------------------------------------------
VERDICTS = {True: "oui", False: "non", None: "sans objet"}


def _qualite(adhesion, epci: str, millesime: int) -> Partie:
    lues = [ligne for ligne in qualite.lignes(adhesion, epci) if ligne.millesime == millesime]
    visibles = Organisation.objects.visible_to(adhesion).filter(siren__in={ligne.bailleur for ligne in lues})
    noms = {"": "Tout le territoire"} | dict(visibles.values_list("siren", "nom"))
    tableau = Tableau(
        "Qualité des données par bailleur",
        (Colonne("Bailleur"), Colonne("Source"), Colonne("Complète"), Colonne("Fraîche"), Colonne("Cohérente")),
        tuple(
            (
                noms.get(ligne.bailleur, ligne.bailleur),
                source.upper(),
                *(VERDICTS[verdict] for verdict in (marque.complete, marque.fraiche, marque.coherente)),
            )
            for ligne in lues
            for source, marque in ligne.marques.items()
        ),
        vide="Aucune mesure de qualité pour cette année.",
    )
    return Partie("La qualité des données", contenus=(tableau,), nouvelle_page=True)


def _dictionnaire() -> Partie:
    tableau = Tableau(
        "Dictionnaire des indicateurs",
        (Colonne("Code"), Colonne("Libellé"), Colonne("Source"), Colonne("Compté"), Colonne("Sur")),
        tuple(
            (i.code, i.libelle, i.source.upper(), i.numerateur, " et ".join(i.connus) or i.denominateur)
            for i in INDICATEURS
        ),
    )
    return Partie("Dictionnaire", contenus=(tableau,), nouvelle_page=True)
