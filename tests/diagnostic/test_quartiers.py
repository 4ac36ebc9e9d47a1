"""The page of a quartier: its trend, its tenants beside newcomers and applicants, what makes it poorer; and who reads
what of it."""

from datetime import date
from fractions import Fraction

import pytest
from django.utils import timezone

from diagnostic.services import quartiers, trois_effets
from tests import fabriques as f

pytestmark = pytest.mark.django_db
QP = "QP099001"
ADRESSE = f"/diagnostic/quartiers/qpv/{QP}/"


def carre(x):
    return {"type": "Polygon", "coordinates": [[[x, 46], [x + 1, 46], [x + 1, 47], [x, 47], [x, 46]]]}


def compter(niveau, lieu, annee, population, total, modestes, seuls, version="", **champs):
    """Counts of one bailleur: so many households, those under 20 % (and under 40 %: the same), those alone."""
    base, source = {"entrants": ("entrants", "sne"), "demandeurs": ("demandes", "sne")}.get(
        population, ("repondants", "ops")
    )
    comptes = {base: total, "n_personnes_seules": seuls, "d_personnes_seules": total}
    connus = 0 if modestes is None else total
    for seuil in (20, 40):
        comptes |= {f"n_menages_moins_{seuil}_pct_plus": modestes or 0, f"d_menages_moins_{seuil}_pct_plus": connus}
    f.comptage(
        lieu, niveau, millesime=annee, population=population, version=version, sources=[source], **comptes, **champs
    )


@pytest.fixture
def territoire():
    """Two surveys: 24 % then 33 % of the poorest in the quarter, as at Saragosse; 20 % out of it."""
    f.commune()
    f.organisation("epci", f.EPCI)
    for version, debut, fin in (("2015", 2015, date(2023, 12, 31)), ("2024", 2024, None)):
        f.perimetre(QP, version=version, debut=date(debut, 1, 1), fin=fin, geometrie=carre(2), commune_code=f.COMMUNE)
    for source in ("ops", "rpls", "gestion", "sne"):
        f.protocole("epci", source, "residence")
    for annee, version, modestes in ((2023, "2015", 24), (2025, "2024", 33)):
        compter("qpv", QP, annee, "ensemble", 100, modestes, 100, version)
        compter("epci", f.EPCI, annee, "ensemble", 200, modestes + 20, 200)
        f.diagnostic.ProvenanceComptage.objects.create(
            epci=f.EPCI, millesime=annee, source="ops", perimetre_version=version, calcule_le=timezone.now()
        )
    compter("qpv", QP, 2025, "recents", 30, 15, 30, "2024")
    compter("qpv", QP, 2025, "entrants", 20, 11, 4, "2024")
    compter("commune", f.COMMUNE, 2025, "demandeurs", 30, None, 12, bailleur="")
    compter("epci", f.EPCI, 2025, "demandeurs", 50, None, 30, bailleur="")


def portrait(adhesion=None, millesime=2025):
    adhesion = adhesion or f.adhesion("epci")
    return quartiers.Portrait(adhesion, quartiers.trouver(adhesion, f.EPCI, "qpv", QP), millesime)


def test_trend_of_a_quarter_over_its_surveys_and_the_versions_of_its_outline(territoire):
    etapes = portrait().tendance("menages_moins_20_pct_plus", "ensemble")
    assert [(e.millesime, e.ici.version, e.ici.taux, e.territoire.taux) for e in etapes] == [
        (2023, "2015", 0.24, 0.22),
        (2025, "2024", 0.33, 0.265),
    ]


def test_each_population_is_read_where_and_when_it_is_known(territoire):
    releves = {r.population: (r.niveau, r.millesime) for r in portrait().releves}
    assert releves == {
        "ensemble": ("qpv", 2025),
        "recents": ("qpv", 2025),
        "entrants": ("qpv", 2025),
        "demandeurs": ("commune", 2025),
    }
    avant = {r.population: (r.niveau, r.millesime) for r in portrait(millesime=2024).releves}
    assert avant == {"ensemble": ("qpv", 2023)}


def test_tenants_newcomers_and_applicants_stand_side_by_side(territoire):
    traits = {t.code: {p: ligne.taux for p, ligne in t.lignes.items()} for t in portrait().traits}
    assert traits["menages_moins_20_pct_plus"] == {
        "ensemble": 0.33,
        "recents": 0.5,
        "entrants": 0.55,
        "demandeurs": None,
    }
    assert traits["personnes_seules"]["ensemble"] == 1.0 and traits["personnes_seules"]["demandeurs"] == 0.4


def exporter(client, export) -> list[str]:
    reponse = client.get(ADRESSE, {"annee": 2025, "export": export})
    return b"".join(reponse.streaming_content).decode("utf-8-sig").splitlines()


def test_page_shows_the_quarter_its_trend_and_its_exports(client, territoire):
    client.force_login(f.adhesion("epci").utilisateur)
    texte = client.get(ADRESSE, {"annee": 2025}).content.decode()
    assert (
        f"Quartier {QP}" in texte and "33,0" in texte and "24,0" in texte and "Entrants de l&#x27;année (2025)" in texte
    )
    export = exporter(client, "t_csv")
    assert export[0].startswith("Millésime") and [ligne.split(";")[0] for ligne in export[1:3]] == ["2023", "2025"]
    liste = client.get("/diagnostic/quartiers/", {"annee": 2025}).content.decode()
    assert ADRESSE in liste and "1,25" in liste  # 0.33 / 0.265


@pytest.mark.parametrize("adresse", ["qpv/INCONNU/", "commune/75056/", "npnru/QP099001/"])
def test_a_place_that_is_not_there_is_not_found(client, territoire, adresse):
    client.force_login(f.adhesion("epci").utilisateur)
    assert client.get(f"/diagnostic/quartiers/{adresse}").status_code == 404


def test_another_territory_s_quarter_is_not_found(client, territoire):
    f.commune("98001", epci="900000002")
    f.perimetre("QP098001", epci="900000002", geometrie=carre(20))
    client.force_login(f.adhesion("epci").utilisateur)
    assert client.get("/diagnostic/quartiers/qpv/QP098001/").status_code == 404
    assert client.get("/diagnostic/quartiers/qpv/QP098001/?epci=900000002").status_code == 404


def test_a_quarter_without_residences_says_so(client, territoire):
    f.perimetre("QP2", version="2024", geometrie=carre(30))
    client.force_login(f.adhesion("epci").utilisateur)
    assert "Aucun chiffre pour ce lieu" in client.get("/diagnostic/quartiers/qpv/QP2/").content.decode()


@pytest.mark.parametrize("nature", ["bailleur", "commune", "action_logement"])
def test_another_partner_reads_no_figure_that_one_bailleur_dominates(client, territoire, nature):
    options = {"bailleur": {"siren": "900100002"}, "commune": {"siren": "900200001"}}.get(nature, {"epci": f.EPCI})
    f.diagnostic.Commune.objects.update(siren="900200001")
    f.residence("V1", bailleur="900100002")
    client.force_login(f.adhesion(nature, **options).utilisateur)
    texte = client.get(ADRESSE, {"annee": 2025}).content.decode()
    assert "33,0" not in texte and "secret" in texte
    assert ";secret;" in exporter(client, "t_csv")[2] and ";33;" not in exporter(client, "t_csv")[2]


# --- three effects --------------------------------------------------------------------------------------------------


def brute(code, quartier, territoire, annee=2021, **champs):
    f.indicateur_territorial(code, quartier, niveau="qpv", territoire=QP, annee=annee, **champs)
    f.indicateur_territorial(code, territoire, annee=annee, **champs)


def test_effects_from_the_figures_brought_and_the_survey(territoire):
    brute("part_logement_social", 0.8, 0.2)
    brute("taux_pauvrete_parc_prive", 0.3, 0.1)
    trouvee = trois_effets.decomposer_le_lieu(f.adhesion("epci"), portrait())
    sociale = Fraction(33, 100), Fraction(53, 200)  # under 40 %: the same households as under 20 %
    assert (trouvee.quartier.pauvrete_sociale, trouvee.territoire.pauvrete_sociale) == sociale
    assert trouvee.effets.structure == Fraction(6, 10) * (sociale[1] - Fraction(1, 10))
    assert trouvee.effets.attributions == Fraction(2, 10) * (sociale[0] - sociale[1])
    assert trouvee.effets.parc_prive == Fraction(8, 10) * Fraction(2, 10)
    assert trouvee.effets.ecart == trouvee.quartier.pauvrete - trouvee.territoire.pauvrete
    assert [(m.annee, m.source) for m in trouvee.mesures][1] == (2025, "OPS")


def test_a_figure_of_the_social_stock_comes_before_the_survey(territoire):
    brute("part_logement_social", 0.8, 0.2)
    brute("taux_pauvrete_parc_prive", 0.3, 0.1)
    brute("taux_pauvrete_parc_social", 0.6, 0.4)
    trouvee = trois_effets.decomposer_le_lieu(f.adhesion("epci"), portrait())
    assert trouvee.quartier.pauvrete_sociale == Fraction(6, 10)


def test_poverty_of_the_private_stock_is_drawn_from_that_of_all(territoire):
    brute("part_logement_social", 0.5, 0.2)
    brute("taux_pauvrete_parc_social", 0.6, 0.4)
    brute("taux_pauvrete", 0.4, 0.16)
    trouvee = trois_effets.decomposer_le_lieu(f.adhesion("epci"), portrait())
    assert (trouvee.quartier.pauvrete_privee, trouvee.territoire.pauvrete_privee) == (Fraction(1, 5), Fraction(1, 10))
    assert trouvee.effets.ecart == Fraction(24, 100)


def test_the_latest_year_that_both_have_is_read(territoire):
    for annee, part in ((2019, 0.9), (2021, 0.8), (2030, 0.1)):
        brute("part_logement_social", part, 0.2, annee)
    f.indicateur_territorial("part_logement_social", 0.7, niveau="qpv", territoire=QP, annee=2023)
    brute("taux_pauvrete_parc_prive", 0.3, 0.1)
    trouvee = trois_effets.decomposer_le_lieu(f.adhesion("epci"), portrait())
    assert (trouvee.mesures[0].annee, trouvee.quartier.part_sociale) == (2021, Fraction(8, 10))


MANQUES = [
    ([], "part_logement_social"),
    ([("part_logement_social", 0.8, 0.2)], "taux_pauvrete_parc_prive ou taux_pauvrete"),
    ([("part_logement_social", 0.8, 0.2), ("taux_pauvrete", 0.1, 0.16)], "se contredisent"),
    ([("part_logement_social", 1, 0.2), ("taux_pauvrete", 0.4, 0.16)], "pas de parc privé"),
]


@pytest.mark.parametrize(("brutes", "manque"), MANQUES)
def test_what_is_missing_is_said_on_the_page(client, territoire, brutes, manque):
    for code, quartier, ensemble in brutes:
        brute(code, quartier, ensemble)
    client.force_login(f.adhesion("epci").utilisateur)
    reponse = client.get(ADRESSE, {"annee": 2025})
    assert reponse.status_code == 200 and manque in reponse.context["manque"]


def test_masked_figures_give_no_effect(territoire):
    brute("part_logement_social", 0.8, 0.2, publique=True)
    brute("taux_pauvrete_parc_prive", 0.3, 0.1)
    f.residence("V1", bailleur="900100002")
    voisin = f.adhesion("bailleur", siren="900100002")
    with pytest.raises(trois_effets.Manque, match="secrètes"):
        trois_effets.decomposer_le_lieu(voisin, portrait(voisin))
