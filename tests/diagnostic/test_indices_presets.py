"""The eight presets on a territory: recomputed, stored and read with their axes, families and alerts."""

from datetime import date
from html import unescape

import pytest

from diagnostic.models import Comptage, Indice, Methode, ReferenceIndice
from diagnostic.services import indices
from partenaires.services.protocoles import creer_protocole_par_defaut
from tests import fabriques as f

pytestmark = pytest.mark.django_db
TAUX = {
    "menages_moins_20_pct_plus": 20,
    "menages_moins_40_pct_plus": 40,
    "beneficiaires_apl": 50,
    "sans_emploi_ou_inactifs": 30,
    "sous_plafond_plai": 60,
    "autres_inactifs": 10,
    "monoparentales_3_enfants": 10,
    "suroccupation": 10,
    "familles_3_enfants": 10,
    "monoparentales": 20,
    "titulaires_65_ans": 30,
}
PARC = {"rotation": 10, "vacance_3_mois": 10, "impayes_3_mois": 10, "refus_propositions": 20}
RECENTS = ("menages_moins_40_pct_plus", "autres_inactifs", "monoparentales_3_enfants")


def comptes(facteur=1.0):
    """100 respondents and dwellings at the rates above, times a factor."""
    bases = ("repondants", "enquetes", "logements", "gestion_logements", "gestion_occupes", "gestion_propositions")
    lus = dict.fromkeys(bases, 100)
    for code, part in (TAUX | PARC | {"logements_avant_1975": 40}).items():
        lus |= {f"n_{code}": round(part * facteur), f"d_{code}": 100}
    return lus


def recents(facteur=1.0):
    lus = {"repondants": 100}
    for code in RECENTS:
        lus |= {f"n_{code}": round(TAUX[code] * facteur), f"d_{code}": 100}
    return lus


def lieu(territoire, niveau="residence", facteur=1.0, facteur_recents=None, **champs):
    f.comptage(territoire, niveau, **comptes(facteur), **champs)
    f.comptage(territoire, niveau, population="recents", **recents(facteur_recents or facteur), **champs)


@pytest.fixture
def territoire():
    """Three residences: R1 at the territory's rates, R2 half as much again, R3 at them but with frail newcomers."""
    f.commune()
    f.perimetre("QP1", version="2024", debut=date(2024, 1, 1))
    creer_protocole_par_defaut(f.EPCI, date(2020, 1, 1))
    for code, famille in (("R1", "Collectif hors QPV"), ("R2", "1"), ("R3", "rural")):
        f.residence(code, famille=famille)
    lieu(f"{f.BAILLEUR}:R1")
    lieu(f"{f.BAILLEUR}:R2", facteur=1.5)
    lieu(f"{f.BAILLEUR}:R3", facteur_recents=1.2)
    lieu("QP1", "qpv", version="2024")
    lieu(f.COMMUNE, "commune")
    lieu(f.EPCI, "epci")


def lire(methode, niveau="residence", nature="epci"):
    lues = indices.lire(f.adhesion(nature), methode=methode, niveau=niveau)
    return {ligne.territoire.removeprefix(f"{f.BAILLEUR}:"): ligne for ligne in lues}


@pytest.mark.parametrize(
    ("methode", "classes"),
    [
        ("repere17_precarite", ("Proche de la référence", "Nettement plus précaire que la référence")),
        ("repere17_fragilite", ("Proche de la référence", "Nettement plus fragile que la référence")),
        ("limoges", ("Équilibre à préserver", "Fragilité")),
        ("reims", ("Ordinaire", "Très sociale")),
        ("valenciennes", ("Dans la moyenne de l'agglomération", "Fragilité marquée")),
        ("pau_specialisation", ("Accueil à son poids", "Très spécialisé")),
        ("cget_typologie", ("À stabiliser", "Intervention préalable")),
    ],
)
def test_classes_of_the_residences(territoire, methode, classes):
    indices.recalculer(f.EPCI)
    lues = lire(methode)
    assert (lues["R1"].classe, lues["R2"].classe) == classes
    assert lues["R1"].alertes == lues["R2"].alertes == []


def test_every_method_has_a_line_for_every_place(territoire):
    assert indices.recalculer(f.EPCI) == Indice.objects.count() == 8 * 6
    assert indices.recalculer(f.EPCI) == Indice.objects.count() == 8 * 6


def test_a_crossed_method_has_its_axes_and_no_value(territoire):
    indices.recalculer(f.EPCI)
    lu = lire("limoges")["R3"]
    assert (lu.valeur, lu.classe, lu.rang, lu.contributions) == (None, "Vigilance", 3, [])
    assert lu.alertes == ["classe_aggravee"]
    assert [(axe.code, axe.classe) for axe in lu.axes] == [
        ("sociale", "Moyenne"),
        ("sociale_recents", "Forte"),
        ("offre", "Moyenne"),
    ]
    for axe, valeur in zip(lu.axes, (1, 1.2, 1)):
        assert axe.valeur == pytest.approx(valeur)
        assert sum(c.contribution for c in axe.contributions) == pytest.approx(valeur)
    assert lu.axes[1].contributions[0].taux == 0.48
    assert lu.axes[1].contributions[0].reference == 0.40


def test_urhlm_compares_within_the_family_summed_over_its_residences(territoire):
    """R1 and R2 are of one family, whose rates are 1.25 times R1's: 1 / 1.25 and 1.5 / 1.25; R3 is alone in its own."""
    indices.recalculer(f.EPCI)
    lues = lire("urhlm_hdf")
    assert {code: (ligne.valeur, ligne.classe) for code, ligne in lues.items()} == {
        "R1": (pytest.approx(0.8), "1 Excellente"),
        "R2": (pytest.approx(1.2), "3 À conforter"),
        "R3": (pytest.approx(1), "2 Satisfaisante"),
    }
    assert [c.reference for c in lues["R1"].contributions] == pytest.approx([0.625, 0.75, 0.125, 0.125])
    familles = ReferenceIndice.objects.filter(methode__code="urhlm_hdf").values_list("famille", flat=True)
    assert sorted(familles) == ["collectif_hors_qpv", "rural"]


@pytest.mark.parametrize("niveau", ["qpv", "commune", "epci"])
def test_urhlm_says_that_it_classes_no_other_place_than_residences(territoire, niveau):
    indices.recalculer(f.EPCI)
    [lu] = lire("urhlm_hdf", niveau).values()
    assert (lu.valeur, lu.classe, lu.alertes) == (None, None, ["sans_famille"])


def test_urhlm_deduces_the_family_and_says_so_or_has_no_value(territoire):
    f.residence("R4")
    f.residence("R5")
    for code in ("R4", "R5"):
        lieu(f"{f.BAILLEUR}:{code}")
    f.appartenance(f"{f.BAILLEUR}:R4", version="2024", dedans=False, code="")
    f.passage("L1", "R4")
    f.logement("L1", typeconst="C")
    indices.recalculer(f.EPCI)
    lues = lire("urhlm_hdf")
    assert (lues["R4"].classe, lues["R4"].alertes) == ("2 Satisfaisante", ["famille_deduite"])
    assert (lues["R5"].classe, lues["R5"].alertes) == (None, ["famille_inconnue"])


def test_reims_shows_the_rate_and_the_complementary_indicators(territoire):
    indices.recalculer(f.EPCI)
    lu = lire("reims")["R2"]
    assert lu.valeur == 0.6
    assert [(c.code, c.taux, c.poids, c.reference) for c in lu.contributions] == [
        ("menages_moins_40_pct_plus", 0.6, 1, None),
        ("familles_3_enfants", 0.15, 0, None),
        ("monoparentales", 0.3, 0, None),
        ("titulaires_65_ans", 0.45, 0, None),
    ]


def test_cget_fixes_the_year_of_precarity_alone(territoire):
    indices.recalculer(f.EPCI)
    Comptage.objects.filter(niveau="epci").update(millesime=2024)
    lieu(f.EPCI, "epci", facteur=1.5)
    indices.recalculer(f.EPCI)
    Comptage.objects.filter(niveau="epci", millesime=2025).delete()
    lieu(f.EPCI, "epci", facteur=3, millesime=2025)
    indices.recalculer(f.EPCI)
    [reference] = ReferenceIndice.objects.filter(methode__code="cget_typologie", millesime=2024)
    cle = "beneficiaires_apl/ensemble"
    assert reference.comptes["precarite"][cle] == [150, 100]  # of 2025, the year fixed
    assert reference.comptes["fragilite"]["rotation/ensemble"] == [10, 100]


def test_a_reader_who_is_shown_little_reads_the_same_masks_with_or_without_the_contributions(territoire):
    f.residence("R4")
    f.comptage(f"{f.BAILLEUR}:R4", **comptes() | {"repondants": 5})
    indices.recalculer(f.EPCI)
    for nature in ("epci", "bailleur", "commune"):
        adhesion = f.adhesion(nature)
        for methode in Methode.objects.values_list("code", flat=True):
            entieres, legeres = (list(indices.lire(adhesion, methode=methode, detail=d)) for d in (True, False))
            champs = ("territoire", "valeur", "classe", "rang", "repondants", "secret", "alertes")
            assert [[getattr(une, c) for c in champs] for une in entieres] == [
                [getattr(une, c) for c in champs] for une in legeres
            ]
            assert all(ligne.axes == [] for ligne in legeres)


def test_a_masked_line_tells_nothing_of_its_axes(territoire):
    f.parametre("secret_k", 200, epci=f.EPCI)
    indices.recalculer(f.EPCI)
    lu = lire("limoges")["R3"]
    assert (lu.secret, lu.classe, lu.alertes) == (True, None, [])
    assert [(axe.valeur, axe.classe, axe.rang) for axe in lu.axes] == [(None, None, None)] * 3


def test_crossed_methods_are_sorted_by_class_where_values_are_asked_for(territoire):
    indices.recalculer(f.EPCI)
    filtres = {"epci": f.EPCI, "niveau": "residence", "methode": "limoges"}
    lues = indices.lire(f.adhesion("epci"), tri="-valeur", **filtres)
    assert [ligne.code_residence for ligne in lues] == ["R2", "R3", "R1"]


def test_the_api_gives_the_axes_of_crossed_methods(territoire, api_de):
    indices.recalculer(f.EPCI)
    api = api_de(f.adhesion("epci"))
    page = api.get("/api/v1/indices/", {"territoire": f"{f.BAILLEUR}:R2"}).json()["results"]
    lignes = {ligne["methode"]: ligne for ligne in page}
    limoges, valenciennes = lignes["limoges"], lignes["valenciennes"]
    assert (limoges["valeur"], limoges["contributions"], limoges["classe"]) == (None, [], "Fragilité")
    assert [axe["nom"] for axe in limoges["axes"]][::2] == ["Vigilance sociale", "Vigilance de l'offre"]
    assert all(sum(c["contribution"] for c in axe["contributions"]) == pytest.approx(1.5) for axe in limoges["axes"])
    assert (valenciennes["axes"], len(valenciennes["contributions"])) == ([], 4)
    assert limoges["classe_quartier"] is None


@pytest.mark.parametrize("chemin", ["methodes/?", "residences/{}/?", "carte/?methode=limoges&"])
def test_pages_hold_with_the_eight_methods(territoire, client_de, chemin):
    indices.recalculer(f.EPCI)
    adresse = chemin.format(f"{f.BAILLEUR}:R3")
    reponse = client_de(f.adhesion("epci")).get(f"/diagnostic/{adresse}epci={f.EPCI}&annee=2025")
    page = unescape(reponse.content.decode())
    attendus = {
        "methodes": ["la même famille de patrimoine", "Croisement", "de 0,85 à moins de 1,05"],
        "residences": ["Vigilance de l'offre", "une classe de plus", "2 Satisfaisante"],
        "carte": ["Équilibre à préserver"],
    }[chemin.split("/")[0]]
    assert [texte for texte in attendus if texte not in page] == []
