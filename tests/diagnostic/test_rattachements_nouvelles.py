"""Groups of dwellings that no known residence answers to: proposed as new ones, made by deposits of the platform."""

import threading

import pytest
from django.db import connection, transaction
from django.urls import reverse

from diagnostic.models import Appartenance, Passage, RattachementRefuse, Residence
from diagnostic.services import appartenances, passages, rattachements
from diagnostic.services.rattachements import Choix, Nouvelle, PropositionPerimee, RattachementInvalide
from partenaires.models import Depot, JournalAcces
from partenaires.services import stockage
from partenaires.services.depots import DepotInterdit
from partenaires.services.retrait import retirer
from tests import fabriques as f
from tests.diagnostic.test_rattachements import groupe, logement, rattaches

pytestmark = pytest.mark.django_db
LILAS = ("12", "RUE", "DES LILAS")


@pytest.fixture
def membre():
    f.commune()
    return f.adhesion("bailleur", role="gestionnaire", epci=f.EPCI)


@pytest.fixture
def agent(membre):
    """An agent of the EPCI that the bailleur is attached to, under the protocole."""
    f.protocole("epci", "rpls", "residence")
    return f.adhesion("epci", role="gestionnaire")


def propositions(epci=""):
    return [(g.libelle, g.motif, g.code, g.nom) for g in passages.proposer(f.BAILLEUR, epci)]


def tout(adhesion):
    return rattachements.confirmer(adhesion, f.organisation("bailleur"))


def creer(adhesion, **nouvelles):
    """New residences of the groups named, as {label of the group: (code, name)}."""
    choix = {groupe(libelle): Nouvelle(*une) for libelle, une in nouvelles.items()}
    return rattachements.confirmer(adhesion, f.organisation("bailleur"), Choix(nouvelles=choix))


def residences():
    return dict(Residence.objects.courantes().filter(bailleur=f.BAILLEUR).values_list("code", "nom"))


# --- what is proposed -----------------------------------------------------------------------------------------------


def test_new_residence_bears_the_name_that_its_dwellings_bear_most_often(membre):
    for ident, programme in (("L1", "Les Érables"), ("L2", "LES ERABLES"), ("L3", "Les Érables")):
        logement(ident, programme, LILAS)
    ((libelle, motif, code, nom),) = propositions()
    assert (libelle, motif, nom) == ("Les Érables", "nouvelle", "Les Érables")
    assert code.startswith(f"G-{f.COMMUNE}-LES-ERABLES-")


@pytest.mark.parametrize(
    ("annee", "nom", "debut"),
    [
        (1970, "12 RUE DES LILAS (1970)", "12-RUE-DES-LILAS-1970-"),
        (None, "12 RUE DES LILAS", "12-RUE-DES-LILAS-"),
    ],
)
def test_without_a_programme_the_address_and_the_year_name_it(membre, annee, nom, debut):
    logement("L1", None, LILAS, annee)
    ((_, motif, code, nomme),) = propositions()
    assert (motif, nomme) == ("nouvelle", nom)
    assert code.startswith(f"G-{f.COMMUNE}-{debut}")


def test_programme_that_holds_no_letter_is_no_programme(membre):
    logement("L1", "***", LILAS, 1970)
    assert [nom for *_, nom in propositions()] == ["12 RUE DES LILAS (1970)"]


def test_one_name_in_two_communes_makes_two_residences(membre):
    f.commune("99002")
    logement("L1", "Les Ormes")
    logement("L2", "Les Ormes", commune="99002")
    codes = [code for *_, code, _ in propositions()]
    assert [code[:8] for code in codes] == ["G-99001-", "G-99002-"]
    tout(membre)
    assert residences() == dict.fromkeys(codes, "Les Ormes")
    assert rattaches() == dict(zip(("L1", "L2"), codes))


def test_code_depends_on_the_group_alone(membre):
    logement("L1", "Les Ormes")
    (avant,) = propositions()
    logement("L2", "LES ORMES", LILAS)
    logement("L3", "Les Iris")
    f.residence("R1")
    assert [code for libelle, _, code, _ in propositions() if libelle != "Les Iris"] == [avant[2]]


def test_codes_of_groups_that_start_alike_differ_and_stay_within_the_field(membre):
    for rang in (1, 2):
        logement(f"L{rang}", f"{'Résidence du Très Long Nom ' * 5} bâtiment {rang}")
    codes = {code for *_, code, _ in propositions()}
    assert len(codes) == 2
    assert max(map(len, codes)) <= rattachements.CODE_MAX


def test_programme_and_address_that_read_the_same_have_two_codes(membre):
    logement("L1", "12 rue des Lilas 1970")
    logement("L2", None, LILAS, 1970)
    assert len({code for *_, code, _ in propositions()}) == 2


def test_code_that_a_passage_file_gives_alone_is_kept(membre):
    logement("L1", "Les Ormes")
    f.passage("L1", "0815")
    logement("L2", "Les Iris")
    logement("L3", "Les Iris")
    f.passage("L2", "0816")
    codes = dict(zip(("Les Iris", "Les Ormes"), (code for *_, code, _ in propositions())))
    assert codes["Les Ormes"] == "0815"
    assert codes["Les Iris"].startswith("G-")


def test_code_that_a_passage_file_gives_to_two_groups_is_not_kept(membre):
    for ident, programme in (("L1", "Les Ormes"), ("L2", "Les Iris")):
        logement(ident, programme)
        f.passage(ident, "0815")
    assert all(code.startswith("G-") for *_, code, _ in propositions())


def test_several_residences_of_the_name_leave_the_choice_open_rather_than_make_a_third(membre):
    f.residence("R1", nom="Les Ormes")
    f.residence("R2", nom="LES ORMES")
    logement("L1", "Les Ormes")
    assert [motif for _, motif, *_ in propositions()] == [""]
    assert tout(membre) == []


# --- confirmation ---------------------------------------------------------------------------------------------------


def test_without_any_file_of_residences_all_is_made_at_once(membre):
    logement("L1", "Les Ormes", LILAS)
    logement("L2", "Les Ormes", LILAS)
    logement("L3", None, ("3", "ALL", "DU PARC"), 1999)
    residences_, passage = tout(membre)
    assert (residences_.type, residences_.rapport["lignes_chargees"]) == ("residences", 2)
    assert (passage.type, passage.rapport["lignes_chargees"]) == ("passage", 3)
    assert sorted(residences().values()) == ["3 ALL DU PARC (1999)", "Les Ormes"]
    ormes = Residence.objects.courantes().get(nom="Les Ormes")
    assert (ormes.commune_id, ormes.adresse, ormes.longitude, ormes.qpv_declare) == (
        *(f.COMMUNE, "12 RUE DES LILAS"),
        *(None, ""),
    )
    assert propositions() == []


def test_residences_known_so_far_stay_as_they_are(membre):
    point = {"longitude": 2.123456789012, "latitude": 46.1}
    f.residence("R1", nom="Tour A", famille="collectif", qpv_declare="QP1", cle_recherche="tour a", **point)
    f.residence("R2", nom="Tour B", cle_recherche="tour b", longitude=None, latitude=None)
    avant = list(Residence.objects.courantes().order_by("code").values("code", "nom", "longitude", "latitude"))
    logement("L1", "Les Ormes")
    depot = tout(membre)[0]
    tenues = Residence.objects.courantes().exclude(nom="Les Ormes").order_by("code")
    assert list(tenues.values("code", "nom", "longitude", "latitude")) == avant
    assert list(tenues.values_list("famille", "qpv_declare")) == [("collectif", "QP1"), ("", "")]
    assert depot.rapport["changements"] == {"nouvelles": 1, "modifiees": 0, "inchangees": 2, "disparues": 0}
    assert set(Residence.objects.courantes().values_list("depot", flat=True)) == {depot.pk}


def test_code_and_name_may_be_changed_before_confirming(membre):
    logement("L1", "Les Ormes")
    creer(membre, **{"Les Ormes": ("0042", "Clos des Ormes")})
    assert residences() == {"0042": "Clos des Ormes"}
    assert rattaches() == {"L1": "0042"}


def test_two_groups_under_one_code_and_name_make_one_residence(membre):
    logement("L1", "Ormes bâtiment A")
    logement("L2", "Ormes bâtiment B")
    creer(membre, **{"Ormes bâtiment A": ("0042", "Les Ormes"), "Ormes bâtiment B": ("0042", "Les Ormes")})
    assert residences() == {"0042": "Les Ormes"}
    assert rattaches() == {"L1": "0042", "L2": "0042"}


@pytest.mark.parametrize(
    ("iris", "commune"),
    [(("0042", "Les Iris"), f.COMMUNE), (("0042", "Les Ormes"), "99002")],
    ids=["another name", "another commune"],
)
def test_one_code_for_two_residences_is_refused(membre, iris, commune):
    f.commune("99002")
    logement("L1", "Les Ormes")
    logement("L2", "Les Iris", commune=commune)
    with pytest.raises(RattachementInvalide, match="Donnez-leur deux codes"):
        creer(membre, **{"Les Ormes": ("0042", "Les Ormes"), "Les Iris": iris})
    assert residences() == {}


def test_code_of_a_known_residence_is_refused(membre):
    f.residence("R1", nom="Tour A")
    logement("L1", "Les Ormes")
    with pytest.raises(RattachementInvalide, match="R1 est déjà"):
        creer(membre, **{"Les Ormes": ("R1", "Les Ormes")})
    assert residences() == {"R1": "Tour A"}


def test_code_of_another_bailleur_s_residence_is_free(membre):
    f.residence("R1", bailleur="900100002")
    logement("L1", "Les Ormes")
    creer(membre, **{"Les Ormes": ("R1", "Les Ormes")})
    assert residences() == {"R1": "Les Ormes"}


@pytest.mark.parametrize(
    ("code", "nom"),
    [
        ("", "Les Ormes"),
        ("0042", ""),
        ("NC", "Les Ormes"),
        ("0042", "NA"),
        ("x" * 51, "Les Ormes"),
        ("0042", "x" * 201),
        ("00\x0042", "Les Ormes"),
        ("0042", "Les\nOrmes"),
        (" 0042", "Les Ormes"),
    ],
)
def test_code_and_name_that_a_file_could_not_hold_are_refused(membre, code, nom):
    logement("L1", "Les Ormes")
    with pytest.raises(RattachementInvalide, match="caractères visibles"):
        creer(membre, **{"Les Ormes": (code, nom)})
    assert Depot.objects.filter(type="residences").count() == 0


@pytest.mark.parametrize(("code", "nom"), [("x" * 50, "y" * 200), ("0", "é"), ('a"b;c,d', "l'Orée ; du « Bois », 1")])
def test_code_and_name_at_the_bounds_are_kept_to_the_letter(membre, code, nom):
    logement("L1", "Les Ormes")
    creer(membre, **{"Les Ormes": (code, nom)})
    assert residences() == {code: nom}
    assert rattaches() == {"L1": code}


def test_both_deposits_or_none(membre, monkeypatch):
    logement("L1", "Les Ormes")
    importer = rattachements.importer

    def refuser_le_passage(type, chemin, **options):
        if type == "passage":
            chemin.write_text("IDENT_INT\nL1\n")
        return importer(type, chemin, **options)

    monkeypatch.setattr(rattachements, "importer", refuser_le_passage)
    with pytest.raises(RattachementInvalide, match="passage ne se charge pas"):
        rattachements.confirmer(
            membre, membre.organisation, Choix(nouvelles={groupe("Les Ormes"): Nouvelle("0042", "Les Ormes")})
        )
    assert (residences(), rattaches()) == ({}, {})
    assert not Depot.objects.filter(fichier__contains="propose").exists()
    assert not JournalAcces.objects.filter(action="depot").exists()


def test_both_files_are_kept_under_the_same_names_as_the_deposits(membre, django_capture_on_commit_callbacks):
    logement("L1", "Les Ormes", LILAS)
    with django_capture_on_commit_callbacks(execute=True):
        depots = creer(membre, **{"Les Ormes": ("0042", "Les Ormes")})
    lus = []
    for depot in depots:
        with stockage.en_clair(stockage.chemin_de(depot), depot.fichier, depot.sha256) as clair:
            lus.append(clair.read_text().splitlines()[1])
    assert lus[0].startswith(f'{f.BAILLEUR},0042,Les Ormes,{f.COMMUNE},"",12 RUE DES LILAS')
    assert lus[1] == f"{f.BAILLEUR},L1,0042"
    assert [depot.fichier.split("_")[0] for depot in depots] == ["residences", "passage"]


def test_residence_made_here_is_in_qpv_by_the_majority_of_its_dwellings(membre):
    f.perimetre(version="2024")
    for ident, programme, flag in (("L1", "Ormes", 1), ("L2", "Ormes", 1), ("L3", "Ormes", 2), ("L4", "Iris", 2)):
        logement(ident, programme, qpv=flag)
    tout(membre)
    appartenances.calculer(f.EPCI)
    situees = {a.residence.split("-")[2]: a.dedans for a in Appartenance.objects.filter(nature="qpv")}
    assert situees == {"ORMES": True, "IRIS": False}


# --- what comes after -----------------------------------------------------------------------------------------------


def test_withdrawing_both_deposits_undoes_all(membre):
    f.residence("R1", nom="Tour A")
    logement("L1", "Les Ormes")
    avant = propositions()
    residences_, passage = tout(membre)
    retirer(passage)
    assert [(g.motif, g.residence) for g in passages.proposer(f.BAILLEUR)] == [("code", avant[0][2])]
    retirer(residences_)
    assert (residences(), rattaches(), propositions()) == ({"R1": "Tour A"}, {}, avant)


def test_residence_renamed_since_is_still_known_for_its_group(membre):
    logement("L1", "Les Ormes")
    code = propositions()[0][2]
    f.residence(code, nom="Clos du Parc")
    assert [(g.motif, g.residence) for g in passages.proposer(f.BAILLEUR)] == [("code", code)]


def test_new_dwellings_of_a_newer_rpls_join_the_residence_made_before(membre):
    logement("L1", "Les Ormes", millesime=2024)
    code = propositions()[0][2]
    tout(membre)
    logement("L1", "Les Ormes", millesime=2025)
    logement("L2", "LES ORMES", millesime=2025)
    ((g,), passage) = passages.proposer(f.BAILLEUR), tout(membre)
    assert (g.residence, g.motif, g.a_rattacher, g.rattaches) == (code, "passage", 1, 1)
    assert [un.type for un in passage] == ["passage"]
    assert rattaches() == {"L1": code, "L2": code}


def test_confirming_twice_says_that_it_is_done(membre):
    logement("L1", "Les Ormes")
    choix = Choix(nouvelles={groupe("Les Ormes"): Nouvelle("0042", "Les Ormes")})
    rattachements.confirmer(membre, membre.organisation, choix)
    with pytest.raises(PropositionPerimee, match="Relisez"):
        rattachements.confirmer(membre, membre.organisation, choix)
    assert Depot.objects.filter(fichier__contains="propose").count() == 2
    assert tout(membre) == []


@pytest.mark.django_db(transaction=True)
def test_two_members_who_confirm_at_once_make_it_once(membre):
    logement("L1", "Les Ormes")
    choix = Choix(nouvelles={groupe("Les Ormes"): Nouvelle("0042", "Les Ormes")})
    perimees = []

    def autre():
        try:
            rattachements.confirmer(membre, membre.organisation, choix)
        except PropositionPerimee as refus:
            perimees.append(str(refus))
        finally:
            connection.close()

    with transaction.atomic():
        rattachements.confirmer(membre, membre.organisation, choix)
        fil = threading.Thread(target=autre)
        fil.start()
        fil.join(0.5)
        assert fil.is_alive()  # it waits for the lock of the slot
    fil.join(30)
    assert len(perimees) == 1
    assert Passage.objects.courantes().count() == Residence.objects.courantes().count() == 1


# --- the EPCI, for a bailleur of its territory ----------------------------------------------------------------------


def test_epci_confirms_for_a_bailleur_attached_to_it(agent, membre):
    logement("L1", "Les Ormes")
    depots = tout(agent)
    assert [(d.organisation, d.deposant) for d in depots] == [(membre.organisation, agent.organisation)] * 2
    assert list(rattaches()) == ["L1"]


def test_epci_sees_and_attaches_the_dwellings_of_its_territory_only(agent, membre):
    f.commune("98001", epci="900000002")
    f.residence("R8", nom="Loin", commune=f.commune("98001"))
    f.logement("L8", residence="R8", commune="98001")
    logement("L1", "Les Ormes")
    logement("L9", "Les Iris", commune="98001")
    assert [libelle for libelle, *_ in propositions(passages.perimetre(agent))] == ["Les Ormes"]
    with pytest.raises(PropositionPerimee):
        rattachements.confirmer(agent, membre.organisation, Choix(connues={groupe("Les Iris"): "R8"}))
    with pytest.raises(RattachementInvalide, match="R8"):
        rattachements.confirmer(agent, membre.organisation, Choix(connues={groupe("Les Ormes"): "R8"}))
    tout(agent)
    assert set(rattaches()) == {"L1", "L8"}
    assert "R8" in residences()


def test_epci_without_the_protocole_may_neither_read_nor_confirm(membre):
    epci = f.adhesion("epci", role="gestionnaire")
    logement("L1", "Les Ormes")
    assert not passages.bailleurs_servis(epci).exists()
    with pytest.raises(DepotInterdit, match="protocole"):
        tout(epci)
    assert rattaches() == {}


@pytest.mark.parametrize(
    ("nature", "champs"),
    [("epci", {"siren": "900000002"}), ("bailleur", {"siren": "900100002"}), ("ddt", {"departement": "99"})],
)
def test_other_organisations_may_not_confirm_for_the_bailleur(membre, nature, champs):
    if nature == "epci":
        f.protocole("epci", "rpls", "residence", epci="900000002")
    autre = f.adhesion(nature, role="administrateur", **champs)
    logement("L1", "Les Ormes")
    assert f.BAILLEUR not in passages.bailleurs_servis(autre).values_list("siren", flat=True)
    with pytest.raises(DepotInterdit):
        tout(autre)
    assert rattaches() == {}


# --- the page -------------------------------------------------------------------------------------------------------


def test_page_offers_to_make_the_residence_and_records_what_was_written(client_de, membre):
    logement("L1", "Les Ormes")
    client, adresse, g = client_de(membre), reverse("rattachements"), groupe("Les Ormes")
    texte = client.get(adresse).content.decode()
    assert '<option value="nouvelle" selected>créer une résidence</option>' in texte
    assert f'name="nom-{g}" value="Les Ormes"' in texte
    envoi = {f"groupe-{g}": "nouvelle", f"code-{g}": " 0042 ", f"nom-{g}": "Clos  des Ormes"}
    texte = client.post(adresse, envoi, follow=True).content.decode()
    assert "residences n° " in texte and "passage n° " in texte
    assert residences() == {"0042": "Clos des Ormes"}


def test_page_says_what_is_wrong_with_a_code(client_de, membre):
    f.residence("R1", nom="Tour A")
    logement("L1", "Les Ormes")
    g = groupe("Les Ormes")
    envoi = {f"groupe-{g}": "nouvelle", f"code-{g}": "R1", f"nom-{g}": "Les Ormes"}
    reponse = client_de(membre).post(reverse("rattachements"), envoi, follow=True)
    assert "Le code R1 est déjà celui d&#x27;une résidence" in reponse.content.decode()


def test_all_the_pages_are_confirmed_at_once(client_de, membre, monkeypatch):
    monkeypatch.setattr("diagnostic.views.passages.GROUPES_PAR_PAGE", 2)
    for rang in range(5):
        logement(f"L{rang}", f"Programme {rang}")
    client, adresse = client_de(membre), reverse("rattachements")
    assert "Confirmer les 5 propositions de toutes les pages" in client.get(adresse).content.decode()
    client.post(adresse, {"propose": "1"})
    assert len(rattaches()) == len(residences()) == 5


def test_epci_chooses_a_bailleur_then_confirms_for_it(client_de, agent, membre):
    logement("L1", "Les Ormes")
    client, adresse = client_de(agent), reverse("rattachements")
    texte = client.get(adresse).content.decode()
    assert f'<option value="{f.BAILLEUR}">' in texte and "Les Ormes" not in texte
    assert "Les Ormes" in client.get(adresse, {"bailleur": f.BAILLEUR}).content.decode()
    reponse = client.post(f"{adresse}?bailleur={f.BAILLEUR}", {"propose": "1"})
    assert reponse["Location"] == f"{adresse}?bailleur={f.BAILLEUR}"
    assert list(rattaches()) == ["L1"]


@pytest.mark.parametrize("requete", ["?bailleur=900100002", "?bailleur=abc", "?bailleur=" + "9" * 300])
def test_bailleur_that_one_does_not_serve_does_not_exist(client_de, agent, requete):
    client, adresse = client_de(agent), reverse("rattachements") + requete
    assert (client.get(adresse).status_code, client.post(adresse).status_code) == (404, 404)


def test_epci_refuses_a_group_for_the_bailleur(client_de, agent, membre):
    logement("L1", "Les Ormes")
    envoi = {f"groupe-{groupe('Les Ormes')}": "refuser"}
    client_de(agent).post(reverse("rattachements") + f"?bailleur={f.BAILLEUR}", envoi)
    assert RattachementRefuse.objects.get().refuse_par == agent.utilisateur
    assert propositions() == []
