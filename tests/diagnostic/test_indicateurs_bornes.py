"""Every special indicator at its bounds: (numerator, denominator) that one row gives, as regles §4 says."""

from datetime import date

import pytest

from diagnostic.calculs.definitions import PAR_CODE
from diagnostic.models import Comptage
from diagnostic.services import indicateurs
from tests import fabriques

pytestmark = pytest.mark.django_db
RIEN, DANS, HORS = (0, 0), (1, 1), (0, 1)


def compter(code, source, cas, population="ensemble"):
    """{case: (n, d)}: one residence a case, with one row of its source."""
    fabriques.commune()
    for rang, champs in enumerate(cas):
        residence, logement = f"R{rang}", f"L{rang}"
        fabriques.residence(residence)
        if source == "ops":
            rpls = {nom: champs[nom] for nom in ("surfhab", "nbpiece") if nom in champs}
            fabriques.logement(logement, residence=residence, **rpls)
            fabriques.menage_ops(
                logement, annee=2025, **{nom: valeur for nom, valeur in champs.items() if nom not in rpls}
            )
        elif source == "rpls":
            fabriques.logement(logement, millesime=2025, residence=residence, **champs)
        else:
            fabriques.gestion(residence, annee=2025, **champs)
    indicateurs.recalculer(fabriques.EPCI)
    comptes = Comptage.objects.filter(niveau="residence", population=population, millesime=2025)
    lus = {c.territoire: tuple(getattr(c, colonne) for colonne in PAR_CODE[code].colonnes) for c in comptes}
    return [lus[f"{fabriques.BAILLEUR}:R{rang}"] for rang in range(len(cas))]


def verifier(code, source, table, population="ensemble"):
    cas = [champs for champs, _ in table]
    lus = compter(code, source, cas, population)
    assert dict(zip(map(str, cas), lus)) == dict(zip(map(str, cas), (attendu for _, attendu in table)))


def pct(valeur, **champs):
    return {"pct_plafond_plus": valeur} | champs


OPS = {
    "menages_moins_20_pct_plus": [(pct(19.99), DANS), (pct(20), HORS), (pct(0), DANS), (pct(None), RIEN)],
    "menages_moins_40_pct_plus": [(pct(39.99), DANS), (pct(40), HORS), (pct(None), RIEN)],
    "menages_moins_60_pct_plus": [(pct(59.9), DANS), (pct(60), HORS)],
    "menages_plus_60_pct_plus": [(pct(60), HORS), (pct(60.01), DANS)],
    "menages_plus_80_pct_plus": [(pct(80), HORS), (pct(80.01), DANS)],
    "sous_plafond_plai": [
        (pct(55, nb_occupants=1, composition=1), DANS),
        (pct(55.01, nb_occupants=1, composition=1), HORS),
        (pct(60, nb_occupants=2, composition=2), DANS),
        (pct(60.01, nb_occupants=2, composition=2), HORS),
        (pct(60, nb_occupants=2, composition=4), DANS),  # lone parent of one child: category 3
        (pct(60, nb_occupants=3, composition=3), DANS),
        (pct(60, nb_occupants=3, composition=4), HORS),  # category 4
        (pct(55, nb_occupants=3, composition=4), DANS),
        (pct(60, nb_occupants=4, composition=3), HORS),
        (pct(60, nb_occupants=8, composition=3), HORS),
        (pct(60, nb_occupants=1, composition=4), HORS),
        (pct(60, nb_occupants=None, composition=2), HORS),
        (pct(55, nb_occupants=None, composition=None), DANS),
        (pct(60, nb_occupants=2, composition=None), DANS),
        (pct(None, nb_occupants=2, composition=2), RIEN),
    ],
    "beneficiaires_apl": [({"apl": 1}, DANS), ({"apl": 0}, HORS), ({"apl": None}, RIEN)],
    "minima_sociaux": [({"minima_sociaux": 1}, DANS), ({"minima_sociaux": 0}, HORS), ({}, RIEN)],
    "personnes_seules": [({"composition": 1}, DANS), ({"composition": 2}, HORS), ({}, RIEN)],
    "monoparentales": [({"composition": 4}, DANS), ({"composition": 5}, HORS), ({}, RIEN)],
    "monoparentales_3_enfants": [
        ({"composition": 4, "nb_enfants": 3}, DANS),
        ({"composition": 4, "nb_enfants": 2}, HORS),
        ({"composition": 3, "nb_enfants": 3}, HORS),
        ({"composition": 4, "nb_enfants": None}, HORS),  # only COMPOSITION makes the denominator
        ({"nb_enfants": 3}, RIEN),
    ],
    "familles_3_enfants": [({"nb_enfants": 3}, DANS), ({"nb_enfants": 2}, HORS), ({}, RIEN)],
    "titulaires_65_ans": [({"age_titulaire": 65}, DANS), ({"age_titulaire": 64}, HORS), ({}, RIEN)],
    "titulaires_moins_25_ans": [({"age_titulaire": 24}, DANS), ({"age_titulaire": 25}, HORS), ({}, RIEN)],
    "emploi_stable": [
        ({"nb_emploi_stable": 1, "nb_majeurs": 3}, (1, 3)),
        ({"nb_emploi_stable": 0, "nb_majeurs": 3}, (0, 3)),
        ({"nb_emploi_stable": None, "nb_majeurs": 3}, RIEN),
        ({"nb_emploi_stable": 1, "nb_majeurs": None}, RIEN),
    ],
    "sans_emploi_ou_inactifs": [
        ({"nb_sans_emploi": 1, "nb_autres_inactifs": 1, "nb_majeurs": 3}, (2, 3)),
        ({"nb_sans_emploi": None, "nb_autres_inactifs": 1, "nb_majeurs": 3}, RIEN),
    ],
    "mineurs": [
        ({"nb_occupants": 5, "nb_majeurs": 2}, (3, 5)),
        ({"nb_occupants": 2, "nb_majeurs": 2}, (0, 2)),
        ({"nb_occupants": 5, "nb_majeurs": None}, RIEN),
    ],
    "occupants_moyen": [({"nb_occupants": 4}, (4, 1)), ({"nb_occupants": 0}, (0, 1)), ({}, RIEN)],
    "suroccupation": [
        ({"nb_occupants": 1, "surfhab": 8.99}, DANS),
        ({"nb_occupants": 1, "surfhab": 9}, HORS),
        ({"nb_occupants": 2, "surfhab": 15.99}, DANS),
        ({"nb_occupants": 2, "surfhab": 16}, HORS),
        ({"nb_occupants": 3, "surfhab": 24}, DANS),
        ({"nb_occupants": 3, "surfhab": 25}, HORS),
        ({"nb_occupants": 7, "surfhab": 60.99}, DANS),
        ({"nb_occupants": 7, "surfhab": 61}, HORS),
        ({"nb_occupants": 8, "surfhab": 69.99}, DANS),
        ({"nb_occupants": 8, "surfhab": 70}, HORS),
        ({"nb_occupants": 12, "surfhab": 70}, HORS),  # 70 m² whatever the number
        ({"nb_occupants": 4, "surfhab": None}, RIEN),
        ({"nb_occupants": None, "surfhab": 5}, RIEN),
    ],
    "sous_occupation": [
        ({"nb_occupants": 2, "nbpiece": 3}, HORS),
        ({"nb_occupants": 2, "nbpiece": 4}, DANS),
        ({"nb_occupants": 2, "nbpiece": None}, RIEN),
    ],
    "emmenages_recents": [
        ({"date_entree": date(2023, 1, 1)}, DANS),
        ({"date_entree": date(2022, 12, 31)}, HORS),
        ({"date_entree": date(2025, 6, 1)}, DANS),
        ({"date_entree": None}, RIEN),
        ({"date_entree": date(2023, 1, 1), "reponse": 0}, RIEN),
    ],
    "taux_reponse": [({"reponse": 1}, DANS), ({"reponse": 0}, HORS)],
}
RPLS = {
    "vacance_3_mois_rpls": [
        (
            {"mode": 2, "remlocdate": date(2024, 9, 1)},
            DANS,
        ),  # vacant since 1 September: more than 3 months on 1 January
        ({"mode": 2, "remlocdate": date(2024, 10, 1)}, HORS),  # 3 months to the day
        ({"mode": 2, "remlocdate": date(2023, 12, 1)}, DANS),
        ({"mode": 2, "remlocdate": None}, HORS),
        ({"mode": 1, "remlocdate": date(2020, 1, 1)}, HORS),
        ({"mode": 3, "remlocdate": date(2020, 1, 1)}, RIEN),
        ({"mode": None}, RIEN),
    ],
    "mobilite_rpls": [
        ({"mode": 1, "bail": date(2024, 12, 1), "locat": 2023}, DANS),
        ({"mode": 1, "bail": date(2024, 1, 1), "locat": 2024}, RIEN),  # first let the very year
        ({"mode": 1, "bail": date(2023, 12, 1), "locat": 2000}, HORS),
        ({"mode": 1, "bail": date(2025, 1, 1), "locat": 2000}, HORS),
        ({"mode": 2, "bail": date(2024, 3, 1), "locat": 2000}, HORS),
        ({"mode": 1, "bail": None, "locat": 2000}, HORS),
        ({"mode": 1, "bail": date(2024, 3, 1), "locat": None}, RIEN),
        ({"mode": 4, "bail": date(2024, 3, 1), "locat": 2000}, RIEN),
    ],
    "logements_avant_1975": [({"construct": 1974}, DANS), ({"construct": 1975}, HORS), ({"construct": None}, RIEN)],
    "loyer_m2": [
        ({"mode": 1, "loyerprinc": 400.5, "surfhab": 50.25}, (400.5, 50.25)),
        ({"mode": 2, "loyerprinc": 400, "surfhab": 50}, RIEN),
        ({"mode": 1, "loyerprinc": None, "surfhab": 50}, RIEN),
        ({"mode": 1, "loyerprinc": 400, "surfhab": None}, RIEN),
        ({"mode": 1, "loyerprinc": 0, "surfhab": 50}, (0, 50)),
    ],
    "loyer_sous_plafond_apl": [
        ({"loyerprinc": 300, "loyermaxapl": 300}, DANS),
        ({"loyerprinc": 300.01, "loyermaxapl": 300}, HORS),
        ({"loyerprinc": 300, "loyermaxapl": None}, RIEN),
        ({"mode": 2, "loyerprinc": 200, "loyermaxapl": 300}, RIEN),
    ],
    "petits_logements": [({"nbpiece": 2}, DANS), ({"nbpiece": 3}, HORS), ({"nbpiece": None}, RIEN)],
    "grands_logements": [({"nbpiece": 5}, DANS), ({"nbpiece": 4}, HORS)],
    "logements_plai": [
        ({"finan": 10}, DANS),
        ({"finan": 11}, DANS),
        ({"finan": 12}, HORS),
        ({"finan": None}, RIEN),
    ],
}
GESTION = {
    "rotation": [
        ({"nb_entrees": 5, "nb_premieres_locations": 2, "nb_logements": 20}, (3, 20)),
        ({"nb_entrees": 5, "nb_premieres_locations": None, "nb_logements": 20}, (5, 20)),
        ({"nb_entrees": None, "nb_premieres_locations": 2, "nb_logements": 20}, RIEN),
        ({"nb_entrees": 5, "nb_logements": None}, RIEN),
    ],
    "vacance_3_mois": [({"nb_vacants_3mois": 2}, (2, 20)), ({"nb_vacants_3mois": None}, RIEN)],
    "impayes_3_mois": [({"nb_impayes_3mois": 2}, (2, 18)), ({"nb_impayes_3mois": 2, "nb_occupes": None}, RIEN)],
    "demandes_mutation": [({"nb_demandes_mutation": 4}, (4, 18))],
    "refus_propositions": [
        ({"nb_refus": 3, "nb_propositions": 9}, (3, 9)),
        ({"nb_refus": 0, "nb_propositions": 0}, RIEN),
        ({"nb_refus": 3}, RIEN),
    ],
}


@pytest.mark.parametrize("code", OPS)
def test_survey_indicator_at_its_bounds(code):
    verifier(code, "ops", OPS[code])


@pytest.mark.parametrize("code", RPLS)
def test_stock_indicator_at_its_bounds(code):
    verifier(code, "rpls", RPLS[code])


@pytest.mark.parametrize("code", GESTION)
def test_rent_roll_indicator_at_its_bounds(code):
    verifier(code, "gestion", GESTION[code])


def test_recent_arrivals_are_those_of_the_survey_year_and_the_two_before():
    verifier(
        "beneficiaires_apl",
        "ops",
        [
            ({"apl": 1, "date_entree": date(2023, 1, 1)}, DANS),
            ({"apl": 1, "date_entree": date(2022, 12, 31)}, RIEN),
            ({"apl": 1, "date_entree": None}, RIEN),
            ({"apl": 1, "date_entree": date(2024, 1, 1), "reponse": 0}, RIEN),
        ],
        population="recents",
    )


def test_span_of_recent_arrivals_is_a_dated_parameter():
    fabriques.parametre("recents_annees", 0, epci=fabriques.EPCI)
    verifier("emmenages_recents", "ops", [({"date_entree": date(2024, 12, 31)}, HORS)])
