"""Dwellings without a `passage` file: proposed by programme, else by address and year, confirmed group by group."""

import pytest
from django.urls import reverse

from diagnostic.models import Passage, RattachementRefuse
from diagnostic.services import passages, rattachements
from partenaires.models import Depot
from partenaires.services import stockage
from partenaires.services.depots import DepotInterdit
from partenaires.services.retrait import retirer
from tests import fabriques as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def membre():
    f.commune()
    return f.adhesion("bailleur", role="gestionnaire")


def logement(ident, programme=None, voie=None, annee=1980, **champs):
    """A dwelling without residence; `voie`: (number, kind, name)."""
    adresse = dict(zip(("numvoie", "typvoie", "nomvoie"), voie or ()))
    return f.logement(ident, residence=None, complgeo=programme, construct=annee, **adresse | champs)


def propositions():
    return [(g.libelle, g.a_rattacher, g.residence, g.motif) for g in passages.proposer(f.BAILLEUR)]


def decider(adhesion, **choix):
    bailleur = f.organisation("bailleur")
    return rattachements.confirmer(adhesion, bailleur, rattachements.Choix(**choix))


def attacher(adhesion, connues):
    """The `passage` deposit that attaches groups to known residences."""
    (depot,) = decider(adhesion, connues=connues)
    return depot


def rattaches():
    return dict(Passage.objects.courantes().filter(bailleur=f.BAILLEUR).values_list("ident_int", "code_residence"))


def groupe(libelle):
    return next(g.groupe for g in passages.proposer(f.BAILLEUR) if g.libelle == libelle)


# --- what is proposed -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("programme", "nom"),
    [
        ("LES ORMES", "Les Ormes"),
        ("RESIDENCE LES ORMES", "Les Ormes"),
        ("Orée du  Bois", "Résidence Orée-du-Bois"),
        ("ÉTOILE", "Étoile"),
    ],
)
def test_programme_of_the_name_of_a_residence_is_proposed_to_it(membre, programme, nom):
    f.residence("R1", nom=nom)
    logement("L1", programme)
    logement("L2", programme)
    assert propositions() == [(programme, 2, "R1", "nom")]


def test_two_residences_of_the_same_name_leave_the_choice_open(membre):
    f.residence("R1", nom="Les Ormes")
    f.residence("R2", nom="LES ORMES")
    logement("L1", "Les Ormes")
    assert propositions() == [("Les Ormes", 1, None, "")]


def test_name_in_another_commune_or_of_another_bailleur_does_not_count(membre):
    f.residence("R1", nom="Les Ormes", commune=f.commune("99002"))
    f.residence("R2", nom="Les Ormes", bailleur="900100002")
    logement("L1", "Les Ormes")
    assert propositions() == [("Les Ormes", 1, None, "nouvelle")]


def test_dwellings_already_attached_speak_for_the_rest_of_their_programme(membre):
    f.residence("R1", nom="Les Ormes")
    f.residence("R7", nom="Tour A")
    for ident in ("L1", "L2"):
        logement(ident, "Les Ormes")
        f.passage(ident, "R7")
    logement("L3", "Les Ormes")
    assert propositions() == [("Les Ormes", 1, "R7", "passage")]


@pytest.mark.parametrize(("adresse", "proposee"), [("12 AV. des Lilas", "R1"), ("14 avenue des Lilas", None)])
def test_without_a_programme_the_address_decides(membre, adresse, proposee):
    f.residence("R1", nom="Tour A", adresse=adresse)
    logement("L1", voie=("12", "AVENUE", "DES LILAS"))
    assert propositions() == [("12 AVENUE DES LILAS", 1, proposee, "adresse" if proposee else "nouvelle")]


def test_one_address_of_two_years_makes_two_groups(membre):
    for ident, annee in (("L1", 1970), ("L2", 1970), ("L3", 2010)):
        logement(ident, voie=("12", "RUE", "DES LILAS"), annee=annee)
    assert [(g.annees, g.a_rattacher) for g in passages.proposer(f.BAILLEUR)] == [("1970", 2), ("2010", 1)]


def test_a_programme_of_several_addresses_is_one_group(membre):
    f.residence("R1", nom="Tour A", adresse="1 RUE DES LILAS")
    logement("L1", "Ormes", voie=("1", "RUE", "DES LILAS"), annee=1970)
    logement("L2", "Ormes", voie=("2", "RUE", "DES LILAS"), annee=1980)
    (g,) = passages.proposer(f.BAILLEUR)
    assert (g.adresses, g.annees, g.a_rattacher, g.residence) == (2, "1970 à 1980", 2, None)


def test_dwellings_with_a_residence_or_of_a_former_millesime_are_not_proposed(membre):
    f.residence("R1", nom="Les Ormes")
    f.logement("L1", complgeo="Les Ormes")
    logement("L2", "Les Ormes", millesime=2024)
    assert propositions() == []


def test_passage_to_a_residence_that_is_not_known_leaves_the_dwelling_to_attach(membre):
    logement("L1", "Les Ormes")
    f.passage("L1", "DISPARUE")
    f.residence("R1", nom="Les Ormes")
    assert propositions() == [("Les Ormes", 1, "R1", "nom")]


def test_dwelling_without_programme_or_address_cannot_be_grouped(membre):
    logement("L1")
    assert propositions() == []


# --- confirmation ---------------------------------------------------------------------------------------------------


def test_confirmed_group_is_attached_by_a_deposit_that_keeps_the_other_passages(membre):
    f.residence("R1", nom="Les Ormes")
    f.residence("R2", nom="Tour B")
    f.logement("L0", residence="R2")
    logement("L1", "Les Ormes")
    logement("L2", "Les Ormes")
    logement("L3", "Les Iris")
    depot = attacher(membre, {groupe("Les Ormes"): "R1"})
    assert rattaches() == {"L0": "R2", "L1": "R1", "L2": "R1"}
    assert (depot.type, depot.organisation, depot.deposant, depot.depose_par) == (
        *("passage", membre.organisation, membre.organisation),
        membre.utilisateur,
    )
    assert set(Passage.objects.courantes().values_list("depot", flat=True)) == {depot.pk}
    assert (depot.rapport["lignes_chargees"], depot.rapport["lignes_inchangees"]) == (2, 1)
    assert [ligne[0] for ligne in propositions()] == ["Les Iris"]


def test_file_of_the_deposit_is_kept_like_any_other(membre, django_capture_on_commit_callbacks):
    f.residence("R1", nom="Les Ormes")
    logement("L1", "Les Ormes")
    with django_capture_on_commit_callbacks(execute=True):
        depot = attacher(membre, {groupe("Les Ormes"): "R1"})
    with stockage.en_clair(stockage.chemin_de(depot), depot.fichier, depot.sha256) as clair:
        assert clair.read_text().splitlines() == ["SIREN_BAILLEUR,IDENT_INT,CODE_RESIDENCE", f"{f.BAILLEUR},L1,R1"]
    assert depot.conserver_jusqu_au is not None


def test_withdrawing_the_deposit_gives_back_the_passages_as_they_were(membre):
    f.residence("R1", nom="Les Ormes")
    f.residence("R2", nom="Tour B")
    f.logement("L0", residence="R2")
    logement("L1", "Les Ormes")
    retirer(attacher(membre, {groupe("Les Ormes"): "R1"}))
    assert rattaches() == {"L0": "R2"}
    assert propositions() == [("Les Ormes", 1, "R1", "nom")]


def test_passage_to_an_unknown_residence_gives_way_once_confirmed(membre):
    f.residence("R1", nom="Les Ormes")
    logement("L1", "Les Ormes")
    f.passage("L1", "DISPARUE")
    attacher(membre, {groupe("Les Ormes"): "R1"})
    assert rattaches() == {"L1": "R1"}


def test_refused_group_is_proposed_no_more_and_makes_no_deposit(membre):
    logement("L1", "Les Ormes")
    assert decider(membre, refus=[groupe("Les Ormes")]) == []
    assert propositions() == []
    assert not Depot.objects.filter(type="passage").exists()
    assert RattachementRefuse.objects.get().refuse_par == membre.utilisateur


def test_another_residence_than_the_one_proposed_may_be_chosen(membre):
    f.residence("R1", nom="Les Ormes")
    f.residence("R2", nom="Tour B")
    logement("L1", "Les Ormes")
    attacher(membre, {groupe("Les Ormes"): "R2"})
    assert rattaches() == {"L1": "R2"}


@pytest.mark.parametrize("code", ["R9", "V1"])
def test_residence_that_is_not_the_bailleur_s_is_refused(membre, code):
    f.residence("V1", bailleur="900100002")
    logement("L1", "Les Ormes")
    with pytest.raises(rattachements.RattachementInvalide):
        attacher(membre, {groupe("Les Ormes"): code})
    assert rattaches() == {}


def test_group_that_is_gone_is_not_attached_blindly(membre):
    f.residence("R1")
    with pytest.raises(rattachements.RattachementInvalide):
        attacher(membre, {"0" * 32: "R1"})


def test_a_reader_may_not_confirm(membre):
    lecteur = f.adhesion("bailleur", role="lecteur")
    logement("L1", "Les Ormes")
    with pytest.raises(DepotInterdit):
        decider(lecteur, refus=[groupe("Les Ormes")])


# --- the page -------------------------------------------------------------------------------------------------------


def test_page_shows_proposals_and_records_what_is_confirmed(client_de, membre):
    f.residence("R1", nom="Les Ormes")
    logement("L1", "LES ORMES")
    logement("L2", "LES IRIS")
    client, adresse = client_de(membre), reverse("rattachements")
    texte = client.get(adresse).content.decode()
    assert '<option value="residence:R1" selected>R1 – Les Ormes</option>' in texte
    assert "même nom de programme" in texte
    envoi = {f"groupe-{groupe('LES ORMES')}": "residence:R1", f"groupe-{groupe('LES IRIS')}": "refuser"}
    texte = client.post(adresse, envoi, follow=True).content.decode()
    assert "Rattachements chargés" in texte
    assert "Groupes qui ne seront plus proposés : 1" in texte
    assert rattaches() == {"L1": "R1"}
    assert propositions() == []


def test_page_says_why_nothing_was_attached(client_de, membre):
    f.residence("R1")
    logement("L1", "Les Ormes")
    reponse = client_de(membre).post(reverse("rattachements"), {"groupe-abc": "residence:R1"}, follow=True)
    assert "Relisez les propositions" in reponse.content.decode()


@pytest.mark.parametrize(
    ("nature", "role", "statut"),
    [("epci", "gestionnaire", 404), ("ddt", "gestionnaire", 404), ("bailleur", "lecteur", 403)],
)
def test_who_may_not_confirm_on_the_page(client_de, membre, nature, role, statut):
    logement("L1", "Les Ormes")
    client = client_de(f.adhesion(nature, role=role))
    assert client.post(reverse("rattachements"), {f"groupe-{groupe('Les Ormes')}": "refuser"}).status_code == statut
    assert not RattachementRefuse.objects.exists()
