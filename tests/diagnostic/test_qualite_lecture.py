"""Who reads which quality: one's own line, each bailleur for EPCI and DDT, the marks of the territory for all."""

from datetime import date

import pytest

from diagnostic.models import EcartResidence
from diagnostic.services.qualite import Source, ecarts, lignes, qualite
from tests import fabriques as f

pytestmark = pytest.mark.django_db
AUTRE = "900100002"
OPS = {"ops_enquetes": 200, "ops_repondants": 180, "occupes_compares": 200, "occupes_non_enquetes": 0}
RPLS = {"rpls_logements": 200, "rpls_rattaches": 200}


@pytest.fixture
def territoire():
    f.commune(siren="900200001")
    f.residence("R1")
    f.residence("V1", bailleur=AUTRE)
    for partenaire, echelle in (("epci", "residence"), ("ddt", "residence"), ("bailleur", "qpv")):
        for source in ("ops", "gestion", "rpls", "sne"):
            f.protocole(partenaire, source, echelle)


def lues(adhesion, **filtres):
    return {(ligne.bailleur, ligne.millesime): ligne for ligne in lignes(adhesion, f.EPCI, **filtres)}


@pytest.mark.parametrize("champs", [{"nature": "epci"}, {"nature": "ddt", "departement": "99"}])
def test_epci_and_ddt_read_each_bailleur_and_the_sums_of_the_territory(territoire, champs):
    f.qualite(**RPLS)
    f.qualite(AUTRE, **RPLS)
    trouvees = lues(f.adhesion(**champs))
    assert set(trouvees) == {("", 2025), (f.BAILLEUR, 2025), (AUTRE, 2025)}
    assert trouvees["", 2025].comptes["rpls_logements"] == 400


def test_bailleur_reads_its_own_line_and_of_the_others_nothing_but_marks(territoire):
    f.qualite(**RPLS)
    f.qualite(AUTRE, **RPLS | {"rpls_rattaches": 0})
    trouvees = lues(f.adhesion("bailleur"))
    assert set(trouvees) == {("", 2025), (f.BAILLEUR, 2025)}
    assert trouvees[f.BAILLEUR, 2025].comptes["rpls_logements"] == 200
    ensemble = trouvees["", 2025]
    assert set(ensemble.comptes.values()) == {None}
    assert ensemble.marques[Source.RPLS].complete is False
    assert all(constat.numerateur is None for marque in ensemble.marques.values() for constat in marque.constats)


@pytest.mark.parametrize("champs", [{"nature": "commune", "siren": "900200001"}, {"nature": "autre", "epci": f.EPCI}])
def test_commune_and_other_partners_read_the_marks_of_the_territory_alone(territoire, champs):
    f.qualite(**RPLS)
    trouvees = lues(f.adhesion(**champs))
    assert set(trouvees) == {("", 2025)}
    assert set(trouvees["", 2025].comptes.values()) == {None}


def test_foreign_epci_and_stranger_read_nothing(territoire):
    f.qualite(**RPLS)
    assert lues(f.adhesion("epci", siren="900000002")) == {}
    assert lues(None) == {}
    assert qualite(f.adhesion("epci", siren="900000002"), f.EPCI).marque("rpls", "", 2025) is None
    assert qualite(f.adhesion("bailleur", siren=AUTRE), f.EPCI).marque("rpls", f.BAILLEUR, 2025) is None


@pytest.mark.parametrize(("enquetes", "masque"), [(0, False), (1, True), (10, True), (11, False)])
def test_counts_of_few_surveyed_homes_are_masked_to_the_epci_and_not_to_their_bailleur(territoire, enquetes, masque):
    f.qualite(**RPLS, ops_enquetes=enquetes, ops_repondants=enquetes)
    vue = lues(f.adhesion("epci"))[f.BAILLEUR, 2025]
    assert (Source.OPS in vue.secrets) is masque
    assert (vue.comptes["ops_repondants"] is None) is masque
    assert vue.comptes["rpls_logements"] == 200
    if masque:
        assert vue.marques[Source.OPS].complete is None
    sienne = lues(f.adhesion("bailleur"))[f.BAILLEUR, 2025]
    assert sienne.comptes["ops_repondants"] == enquetes


def test_without_protocole_the_epci_reads_no_count_of_survey_nor_rent_roll():
    f.commune()
    f.qualite(**OPS, gestion_occupes=150, sne_attributions=5)
    vue = lues(f.adhesion("epci"))[f.BAILLEUR, 2025]
    assert {Source.OPS, Source.GESTION} <= vue.secrets
    assert vue.comptes["sne_attributions"] == 5


def test_survey_dominated_by_another_bailleur_gives_no_mark_of_the_territory_to_a_bailleur(territoire):
    f.qualite(ops_enquetes=20, ops_repondants=20)
    f.qualite(AUTRE, ops_enquetes=900, ops_repondants=100)
    assert qualite(f.adhesion("bailleur"), f.EPCI).marque("ops", "", 2025).secret
    assert not qualite(f.adhesion("bailleur", siren=AUTRE), f.EPCI).marque("ops", "", 2025).secret


def test_thresholds_are_those_of_the_year_and_of_the_territory(territoire):
    f.qualite(millesime=2024, **RPLS | {"rpls_rattaches": 180})
    f.qualite(millesime=2025, **RPLS | {"rpls_rattaches": 180})
    f.parametre("qualite_seuils", {"rattachement": 0.85}, epci=f.EPCI, debut=date(2025, 1, 1))
    lu = qualite(f.adhesion("epci"), f.EPCI)
    assert lu.marque("rpls", f.BAILLEUR, 2024).constat("rattachement").respecte is False
    assert lu.marque("rpls", f.BAILLEUR, 2025).constat("rattachement").respecte is True


def test_past_millesime_is_not_stale_for_being_past(territoire):
    """Data of 2019 are those of 2019; only the last millésime grows old with the calendar."""
    f.qualite(millesime=2019, **RPLS)
    f.qualite(millesime=2020, **RPLS)
    lu = qualite(f.adhesion("epci"), f.EPCI)
    assert lu.marque("rpls", f.BAILLEUR, 2019).fraiche
    assert not lu.marque("rpls", f.BAILLEUR, 2020).fraiche


# --- residences -----------------------------------------------------------------------------------------------------


def ecart(code="R1", **comptes):
    return EcartResidence.objects.create(
        epci=f.EPCI, bailleur=f.BAILLEUR, millesime=2025, residence=f"{f.BAILLEUR}:{code}", **comptes
    )


def test_gaps_of_a_residence_are_told_with_their_sign(territoire):
    f.qualite(gestion_residences=1, gestion_occupes=80)
    ecart(logements=100, occupes=90, gestion_logements=97, gestion_occupes=92, qpv_differents=0)
    (lu,) = ecarts(f.adhesion("epci"), f.EPCI, f.BAILLEUR, 2025)
    assert (lu.nom, lu.valeurs["ecart_logements"], lu.valeurs["ecart_occupes"]) == ("Résidence R1", -3, 2)


def test_residence_with_few_surveyed_homes_hides_its_survey_and_is_not_listed_for_it(territoire):
    f.residence("R2")
    f.qualite()
    ecart("R1", logements=30, occupes=8, enquetes=8, vacants_enquetes=2, qpv_differents=3)
    ecart("R2", logements=30, occupes=8, enquetes=8, vacants_enquetes=2, qpv_differents=0)
    (lu,) = ecarts(f.adhesion("epci"), f.EPCI, f.BAILLEUR, 2025)
    assert lu.code == "R1"
    assert lu.valeurs["vacants_enquetes"] is None and "vacants_enquetes" in lu.secrets
    siens = ecarts(f.adhesion("bailleur"), f.EPCI, f.BAILLEUR, 2025)
    assert [lu.valeurs["vacants_enquetes"] for lu in siens] == [2, 2]


def test_another_bailleur_reads_no_gap(territoire):
    f.qualite()
    ecart(logements=30, qpv_differents=3)
    assert ecarts(f.adhesion("bailleur", siren=AUTRE), f.EPCI, f.BAILLEUR, 2025) == []


# --- pages and API --------------------------------------------------------------------------------------------------


@pytest.fixture
def decrit(territoire):
    """Counts of millésime 2025 stand behind the pages."""
    f.diagnostic.ProvenanceComptage.objects.create(
        epci=f.EPCI, millesime=2025, source="rpls", calcule_le="2026-11-20T02:41:00Z"
    )
    f.qualite(**RPLS | {"rpls_rattaches": 150}, **OPS)
    f.qualite(AUTRE, **RPLS, ops_enquetes=5, ops_repondants=5)


def ouvrir(client, adhesion, adresse):
    client.force_login(adhesion.utilisateur)
    return client.get(adresse)


def test_page_marks_each_bailleur_and_sorts_on_a_mark(client, decrit):
    epci = f.adhesion("epci")
    reponse = ouvrir(client, epci, "/diagnostic/qualite/?tri=-rpls")
    texte = reponse.content.decode()
    assert "incomplètes" in texte and "comptes masqués" in texte
    assert [ligne.qualite.bailleur for ligne in reponse.context["tableau"].triees] == [f.BAILLEUR, AUTRE]
    assert [
        ligne.qualite.bailleur
        for ligne in ouvrir(client, epci, "/diagnostic/qualite/?tri=rpls").context["tableau"].triees
    ] == [AUTRE, f.BAILLEUR]


def test_export_of_the_page_holds_marks_in_words_and_masked_rates(client, decrit):
    reponse = ouvrir(client, f.adhesion("epci"), "/diagnostic/qualite/?export=csv")
    texte = b"".join(reponse.streaming_content).decode("utf-8-sig")
    autre = next(ligne for ligne in texte.splitlines() if AUTRE in ligne)
    assert "secret" in autre
    assert "Logements rattachés à une résidence : 75" in texte


def test_sheet_of_a_bailleur_tells_what_to_do_about_each_fault(client, decrit):
    texte = ouvrir(client, f.adhesion("bailleur"), f"/diagnostic/qualite/{f.BAILLEUR}/").content.decode()
    assert "Complétez le fichier passage" in texte
    assert "Corrigez QPV dans le prochain RPLS" not in texte


def test_sheet_of_a_bailleur_without_line_opens_for_itself_and_for_nobody_else(client, territoire):
    adresse = f"/diagnostic/qualite/{f.BAILLEUR}/"
    assert ouvrir(client, f.adhesion("bailleur"), adresse).status_code == 200
    assert ouvrir(client, f.adhesion("epci"), adresse).status_code == 404


def test_trend_is_drawn_over_the_millesimes(client, decrit):
    f.qualite(millesime=2024, **RPLS)
    reponse = ouvrir(client, f.adhesion("epci"), f"/diagnostic/qualite/{f.BAILLEUR}/")
    (suite,) = [suite for suite in reponse.context["courbes"] if suite[0].startswith("Logements rattachés")]
    assert suite[1:] == ([(2024, 1.0), (2025, 0.75)], 0.95)


def api(client, adhesion, **requete):
    jeton = f.jeton(adhesion)
    return client.get("/api/v1/qualite/", requete, headers={"Authorization": f"Token {jeton}"})


def test_api_gives_a_row_a_bailleur_and_source_with_its_controls(client, decrit):
    reponse = api(client, f.adhesion("epci"), bailleur=f.BAILLEUR, millesime=2025, source="rpls").json()
    (ligne,) = reponse["results"]
    assert (ligne["complete"], ligne["coherente"], ligne["secret"], ligne["annee"]) == (False, None, False, 2025)
    controle = next(c for c in ligne["controles"] if c["code"] == "rattachement")
    assert controle | {"libelle": ""} == {
        "code": "rattachement",
        "axe": "complete",
        "libelle": "",
        "numerateur": 150,
        "denominateur": 200,
        "taux": 0.75,
        "seuil": 0.95,
        "respecte": False,
    }


def test_api_masks_what_the_page_masks(client, decrit):
    (ligne,) = api(client, f.adhesion("epci"), bailleur=AUTRE, source="ops").json()["results"]
    assert (ligne["secret"], ligne["complete"], ligne["coherente"]) == (True, None, None)
    assert all(controle["numerateur"] is None for controle in ligne["controles"])


def test_api_gives_the_territory_alone_to_a_commune(client, decrit):
    lues = api(client, f.adhesion("commune", siren="900200001")).json()["results"]
    assert {ligne["bailleur"] for ligne in lues} == {None}
    assert all(c["numerateur"] is None for ligne in lues for c in ligne["controles"])


@pytest.mark.parametrize("requete", [{"millesime": "x"}, {"source": "foyer"}, {"inconnu": "1"}])
def test_api_refuses_what_it_does_not_know(client, decrit, requete):
    reponse = api(client, f.adhesion("epci"), **requete)
    assert reponse.status_code == 400
    assert set(requete) <= set(reponse.json())
