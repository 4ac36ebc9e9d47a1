"""Each preset worked out by hand, up to its bounds. The territory's rates are round, so that a place's ratio is read
from its count."""

import pytest

from tests.diagnostic.moteur_d_indices import classe, codes, evaluer, preset

# --- repere17_fragilite: five ratios, two of them where they exist ---------------------------------------------------

TERRITOIRE_FRAGILITE = {
    "vacance_3_mois/ensemble": (20, 1000),
    "rotation/ensemble": (100, 1000),
    "suroccupation/ensemble": (80, 1000),
    "refus_propositions/ensemble": (200, 500),
    "note_qualitative/ensemble": (500, 250),
}


def fragile(vacance=None, rotation=None, suroccupation=None, refus=None, notes=None):
    cellules = zip(TERRITOIRE_FRAGILITE, (vacance, rotation, suroccupation, refus, notes))
    return {cle: cellule for cle, cellule in cellules if cellule}


@pytest.mark.parametrize(
    ("lieu", "valeur", "attendue"),
    [
        (fragile((2, 100), (10, 100), (8, 100), (40, 100), (20, 10)), 100, "Proche de la référence"),
        # ratios 1, 1, 1, 2, 2: 140
        (fragile((2, 100), (10, 100), (8, 100), (80, 100), (40, 10)), 140, "Nettement plus fragile que la référence"),
        # 1.3 three times, nothing else rated: exactly 130
        (fragile((26, 1000), (13, 100), (104, 1000)), 130, "Nettement plus fragile que la référence"),
        (fragile((26, 1000), (13, 100), (1039, 10000)), 129.95833333, "Plus fragile que la référence"),
        (fragile((22, 1000), (11, 100), (88, 1000)), 110, "Plus fragile que la référence"),
        (fragile((18, 1000), (9, 100), (72, 1000)), 90, "Proche de la référence"),
        (fragile((18, 1000), (9, 100), (719, 10000)), 89.95833333, "Moins fragile que la référence"),
        # rated 3 on average against 2 in the territory: (1 + 1 + 1 + 1.5) / 4
        (fragile((2, 100), (10, 100), (8, 100), None, (9, 3)), 112.5, "Plus fragile que la référence"),
    ],
)
def test_repere17_fragilite(lieu, valeur, attendue):
    regle = preset("repere17_fragilite")
    resultat = evaluer(regle, [lieu], TERRITOIRE_FRAGILITE)
    assert (resultat.valeur[0], classe(regle, resultat)) == (pytest.approx(valeur), attendue)
    assert codes(resultat) == []


def test_a_refusal_rate_or_a_note_that_does_not_exist_is_not_flagged_but_the_others_are():
    regle = preset("repere17_fragilite")
    resultat = evaluer(regle, [fragile((2, 100), None, (8, 100)), fragile(notes=(9, 3))], TERRITOIRE_FRAGILITE)
    assert [codes(resultat, i) for i in (0, 1)] == [["composante_manquante"]] * 2
    assert resultat.valeur.tolist() == [pytest.approx(100), pytest.approx(150)]


def test_notes_of_the_grid_need_no_eleven():
    regle = preset("repere17_fragilite")
    resultat = evaluer(regle, [fragile((2, 100), (10, 100), (8, 100), None, (4, 1, 1))], TERRITOIRE_FRAGILITE)
    assert resultat.valeur[0] == pytest.approx(125)  # (1 + 1 + 1 + 2) / 4


# --- limoges: three vigilances, crossed ------------------------------------------------------------------------------

SOCIALE = ("menages_moins_40_pct_plus", "autres_inactifs", "monoparentales_3_enfants")
OFFRE = ("vacance_3_mois/ensemble", "rotation/ensemble", "logements_avant_1975/ensemble")
TERRITOIRE_LIMOGES = {f"{code}/{p}": (100, 1000) for code in SOCIALE for p in ("ensemble", "recents")} | dict.fromkeys(
    OFFRE, (100, 1000)
)


def limousin(sociale, offre, recents=None):
    """A place whose components of each vigilance all have that ratio to the territory, in thousandths."""
    lieu = {f"{code}/ensemble": (sociale, 10000) for code in SOCIALE} | dict.fromkeys(OFFRE, (offre, 10000))
    if recents is not None:
        lieu |= {f"{code}/recents": (recents, 10000) for code in SOCIALE}
    return {cle: cellule for cle, cellule in lieu.items() if cellule[0] is not None}


@pytest.mark.parametrize(
    ("sociale", "offre", "attendue"),
    [
        (899, 899, "Potentiel"),
        (899, 900, "Capacité d'accueil"),
        (900, 899, "Capacité d'accueil"),
        (900, 900, "Équilibre à préserver"),
        (899, 1100, "Équilibre à préserver"),
        (1100, 899, "Équilibre à préserver"),
        (1099, 1099, "Équilibre à préserver"),
        (1100, 1099, "Vigilance"),
        (1099, 1100, "Vigilance"),
        (1100, 1100, "Fragilité"),
    ],
)
def test_limoges_crosses_the_social_and_the_offer_vigilance(sociale, offre, attendue):
    regle = preset("limoges")
    resultat = evaluer(regle, [limousin(sociale, offre, sociale)], TERRITOIRE_LIMOGES)
    assert (classe(regle, resultat), codes(resultat)) == (attendue, [])
    assert [axe.valeur[0] for axe in resultat.axes] == pytest.approx([sociale / 1000, sociale / 1000, offre / 1000])


@pytest.mark.parametrize(
    ("sociale", "offre", "recents", "attendue", "alertes"),
    [
        (900, 900, 999, "Équilibre à préserver", []),
        (900, 900, 1000, "Vigilance", ["classe_aggravee"]),
        (800, 800, 900, "Capacité d'accueil", ["classe_aggravee"]),
        (1100, 1100, 1500, "Fragilité", ["classe_aggravee"]),  # there is none worse
        (900, 900, 700, "Équilibre à préserver", []),
    ],
)
def test_limoges_is_one_class_worse_when_recent_arrivals_exceed_by_a_tenth(sociale, offre, recents, attendue, alertes):
    regle = preset("limoges")
    resultat = evaluer(regle, [limousin(sociale, offre, recents)], TERRITOIRE_LIMOGES)
    assert (classe(regle, resultat), codes(resultat)) == (attendue, alertes)


@pytest.mark.parametrize("tiers", [1, 7, 13, 29])
def test_the_tenth_is_exact_whatever_the_denominators(tiers):
    """Both vigilances are thirds of sevenths: their difference is a tenth exactly, not as floats tell."""
    regle = preset("limoges")
    lieu = {f"{code}/ensemble": (tiers, 3 * 70) for code in SOCIALE} | dict.fromkeys(OFFRE, (100, 1000))
    lieu |= {f"{code}/recents": (10 * tiers + 21, 3 * 700) for code in SOCIALE}
    resultat = evaluer(regle, [lieu], dict.fromkeys(TERRITOIRE_LIMOGES, (1, 10)))
    assert "classe_aggravee" in codes(resultat)


def test_without_recent_arrivals_the_class_is_not_made_worse_and_says_so():
    regle = preset("limoges")
    resultat = evaluer(regle, [limousin(900, 900)], TERRITOIRE_LIMOGES)
    assert classe(regle, resultat) == "Équilibre à préserver"
    assert codes(resultat) == ["composante_manquante", "aggravation_inconnue"]


@pytest.mark.parametrize(("sociale", "offre"), [(900, None), (None, 1200)])
def test_limoges_has_no_class_when_an_axis_has_no_value(sociale, offre):
    regle = preset("limoges")
    resultat = evaluer(regle, [limousin(sociale, offre)], TERRITOIRE_LIMOGES)
    assert classe(regle, resultat) is None
    assert "axe_sans_valeur" in codes(resultat)


# --- reims: the rate itself ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comptes", "valeur", "attendue"),
    [
        ((0, 20), 0, "Intermédiaire"),
        ((34, 100), 0.34, "Intermédiaire"),
        ((7, 20), 0.35, "Ordinaire"),
        ((59, 100), 0.59, "Ordinaire"),
        ((12, 20), 0.60, "Très sociale"),
        ((20, 20), 1, "Très sociale"),
    ],
)
def test_reims(comptes, valeur, attendue):
    regle = preset("reims")
    resultat = evaluer(regle, [{"menages_moins_40_pct_plus/ensemble": comptes}])
    assert (resultat.valeur[0], classe(regle, resultat), codes(resultat)) == (pytest.approx(valeur), attendue, [])


def test_the_complementary_indicators_of_reims_have_no_part_in_the_class():
    regle = preset("reims")
    lieu = {"menages_moins_40_pct_plus/ensemble": (40, 100), "monoparentales/ensemble": (90, 100)}
    resultat = evaluer(regle, [lieu, {"monoparentales/ensemble": (90, 100)}])
    assert resultat.valeur[0] == pytest.approx(0.4)
    assert resultat.axes[0].contributions[0, 2] == 0
    assert (classe(regle, resultat, 1), codes(resultat, 1)) == (None, ["composante_manquante"])


# --- urhlm_hdf: within the family ------------------------------------------------------------------------------------

URHLM = ("beneficiaires_apl", "sous_plafond_plai", "impayes_3_mois", "rotation")


@pytest.mark.parametrize(
    ("milliemes", "attendue"),
    [
        (849, "1 Excellente"),
        (850, "2 Satisfaisante"),
        (1049, "2 Satisfaisante"),
        (1050, "3 À conforter"),
        (1299, "3 À conforter"),
        (1300, "4 À travailler"),
    ],
)
def test_urhlm_notes(milliemes, attendue):
    regle = preset("urhlm_hdf")
    lieu = {f"{code}/ensemble": (milliemes, 10000) for code in URHLM}
    resultat = evaluer(regle, [lieu], {f"{code}/ensemble": (100, 1000) for code in URHLM})
    assert (resultat.valeur[0], classe(regle, resultat)) == (pytest.approx(milliemes / 1000), attendue)


def test_urhlm_compares_each_place_with_its_own_family():
    regle = preset("urhlm_hdf")
    lieux = [{f"{code}/ensemble": (20, 100) for code in URHLM}] * 3
    references = {f"{code}/ensemble": ([200, 400, None], [1000, 1000, None]) for code in URHLM}
    references = {
        cle: tuple([float("nan") if c is None else c for c in cote] for cote in r) for cle, r in references.items()
    }
    resultat = evaluer(regle, lieux, references)
    assert resultat.valeur[:2].tolist() == pytest.approx([1, 0.5])
    assert classe(regle, resultat, 2) is None


# --- pau_specialisation ----------------------------------------------------------------------------------------------


def test_pau_21_percent_of_the_poorest_for_15_percent_of_the_tenants_is_an_index_of_1_40():
    """33 % of the tenants of the quartier are under 20 %, 23.57 % of those of the agglomeration (33 % × 15 / 21)."""
    regle = preset("pau_specialisation")
    cle = "menages_moins_20_pct_plus/ensemble"
    locataires, modestes = 42_000, 9_900
    quartier = 21 * modestes // 100, 15 * locataires // 100
    assert [round(n / d, 4) for n, d in (quartier, (modestes, locataires))] == [0.33, 0.2357]
    resultat = evaluer(regle, [{cle: quartier}], {cle: (modestes, locataires)})
    assert resultat.valeur[0] == pytest.approx(1.40, abs=1e-12)
    assert classe(regle, resultat) == "Très spécialisé"


@pytest.mark.parametrize(
    ("n", "attendue"),
    [
        (89, "Moins accueillant que son poids"),
        (90, "Accueil à son poids"),
        (109, "Accueil à son poids"),
        (110, "Spécialisé"),
        (129, "Spécialisé"),
        (130, "Très spécialisé"),
    ],
)
def test_pau_classes(n, attendue):
    regle = preset("pau_specialisation")
    cle = "menages_moins_20_pct_plus/ensemble"
    assert classe(regle, evaluer(regle, [{cle: (n, 500)}], {cle: (200, 1000)})) == attendue


# --- cget_typologie --------------------------------------------------------------------------------------------------

PRECARITE = (
    "menages_moins_40_pct_plus/ensemble",
    "beneficiaires_apl/ensemble",
    "sans_emploi_ou_inactifs/ensemble",
    "menages_moins_40_pct_plus/recents",
)


@pytest.mark.parametrize(
    ("precarite", "fragilite", "attendue"),
    [
        (899, 2000, "Capacité d'accueil"),
        (899, None, "Capacité d'accueil"),
        (900, 2000, "À stabiliser"),
        (1099, None, "À stabiliser"),
        (1100, 1299, "À rééquilibrer"),
        (1100, 1300, "Intervention préalable"),
        (2000, 1300, "Intervention préalable"),
        (1100, None, None),
        (None, 1300, None),
    ],
)
def test_cget_typologie(precarite, fragilite, attendue):
    regle = preset("cget_typologie")
    lieu = dict.fromkeys(PRECARITE, (precarite, 10000)) if precarite else {}
    if fragilite:
        lieu |= dict.fromkeys(list(TERRITOIRE_FRAGILITE)[:3], (fragilite, 10000))
    cles = {c.cle for c in regle.composantes}
    resultat = evaluer(regle, [lieu], dict.fromkeys(cles, (100, 1000)))
    assert classe(regle, resultat) == attendue
    assert ("axe_sans_valeur" in codes(resultat)) is (attendue is None)


# --- too few respondents, whatever the method ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    ["repere17_precarite", "repere17_fragilite", "limoges", "reims", "valenciennes", "urhlm_hdf", "pau_specialisation"]
    + ["cget_typologie"],
)
@pytest.mark.parametrize(("repondants", "a_une_classe"), [(10, False), (11, True)])
def test_a_place_with_too_few_respondents_has_no_class_and_says_so(code, repondants, a_une_classe):
    regle = preset(code)
    lieu = {c.cle: (30, 100) for c in regle.composantes} | {"repondants": repondants}
    resultat = evaluer(regle, [lieu], {c.cle: (300, 1000) for c in regle.composantes})
    assert (classe(regle, resultat) is not None) is a_une_classe
    assert codes(resultat) == ([] if a_une_classe else ["repondants_insuffisants"])
