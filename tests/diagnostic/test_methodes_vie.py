"""The life of an index method: who writes it, what is refused and why, what never changes once adopted."""

from copy import deepcopy
from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import DatabaseError, connection, connections, transaction

from diagnostic.models import Indice, Methode, MethodePrincipale
from diagnostic.services import apercu_methodes, indices, methodes
from diagnostic.services.calcul_indices import recalculer
from diagnostic.services.methodes import Decision, MethodeDepassee, MethodeInterdite, MethodeInvalide
from tests import fabriques as f

DECISION = Decision("Délibération n° 4", date(2026, 1, 12))


@pytest.fixture
def agent(db):
    return f.adhesion("epci", role="gestionnaire")


@pytest.fixture
def valenciennes(db):
    return Methode.objects.get(code="valenciennes", epci="")


def donnees(**champs):
    return methodes.donnees_de(Methode.objects.get(code="valenciennes", epci="")) | champs


def change(agir):
    """The data of valenciennes after `agir(axe)`."""
    lues = deepcopy(donnees())
    agir(lues["axes"][0])
    return lues


# --- who ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nature", "champs"),
    [("epci", {"role": "lecteur"}), ("epci", {"siren": "900000002"}), ("ddt", {"departement": "99"}), ("bailleur", {})],
)
def test_only_who_writes_for_the_epci_writes_its_methods(nature, champs, valenciennes):
    with pytest.raises(MethodeInterdite):
        methodes.dupliquer(f.adhesion(nature, **champs), f.EPCI, valenciennes)


def test_a_draft_is_known_to_its_epci_alone(agent):
    f.commune()
    brouillon = f.methode()
    assert brouillon in Methode.objects.visible_to(agent)
    for autre in (f.adhesion("ddt", departement="99"), f.adhesion("bailleur"), f.adhesion("epci", siren="900000002")):
        assert brouillon not in Methode.objects.visible_to(autre)


# --- drafts ---------------------------------------------------------------------------------------------------------


def test_a_preset_is_duplicated_into_a_code_of_the_territory(agent, valenciennes):
    premiere, seconde = (methodes.dupliquer(agent, f.EPCI, valenciennes) for _ in range(2))
    assert premiere.donnees() == valenciennes.donnees()
    assert (premiere.epci, premiere.statut, premiere.version) == (f.EPCI, "brouillon", "1")
    assert premiere.origine == "valenciennes, version 1"
    assert len({premiere.code, seconde.code, valenciennes.code}) == 3


def test_the_code_of_a_preset_is_never_taken(agent):
    assert methodes.creer(agent, f.EPCI, donnees(libelle="Valenciennes")).code == "valenciennes_2"


def test_a_draft_changed_by_someone_else_is_not_overwritten(agent):
    brouillon = f.methode()
    vu = methodes.empreinte(brouillon)
    methodes.modifier(agent, brouillon, donnees(libelle="Un"), vu)
    with pytest.raises(MethodeDepassee, match="quelqu'un d'autre"):
        methodes.modifier(agent, brouillon, donnees(libelle="Deux"), vu)
    assert Methode.objects.get(pk=brouillon.pk).libelle == "Un"


def test_a_new_version_follows_and_the_draft_under_way_is_taken_up(agent):
    adoptee = f.methode("adoptee", version="9")
    suivante = methodes.nouvelle_version(agent, adoptee)
    assert suivante.version == "10" and suivante.est_brouillon
    assert methodes.nouvelle_version(agent, adoptee) == suivante


REFUS = [
    (lambda axe: [c.update(poids="0") for c in axe["composantes"]], "tous les poids sont nuls"),
    (lambda axe: axe["composantes"][0].update(poids="-1"), "le poids est négatif"),
    (lambda axe: axe["composantes"][0].update(poids="1e999999999"), "n'est pas un nombre décimal"),
    (lambda axe: axe["composantes"][0].update(code="bonheur"), "l'indicateur « bonheur » est inconnu"),
    (lambda axe: axe["composantes"][0].update(population="demandeurs"), "population « demandeurs » est inconnue"),
    (lambda axe: axe["composantes"].append(axe["composantes"][0]), "y est deux fois"),
    (lambda axe: axe["composantes"].clear(), "au moins une composante"),
    (lambda axe: axe["classes"][1].update(min="1.20", max="0.95"), "par bornes croissantes"),
    (lambda axe: axe["classes"][1].update(min="0.85"), "sans trou ni recouvrement"),
    (lambda axe: axe["classes"][1].update(min="0.95"), "sans trou ni recouvrement"),
    (lambda axe: axe["classes"][2].update(libelle=" "), "une classe est sans libellé"),
    (lambda axe: axe["classes"][2].update(libelle="x" * 101), "100 caractères au plus"),
    (lambda axe: axe.update(composantes=axe["composantes"] * 10), "30 composantes par axe au plus"),
]


@pytest.mark.parametrize(("agir", "raison"), REFUS)
def test_a_rule_that_cannot_be_read_is_refused_with_its_reason(agent, agir, raison):
    with pytest.raises(MethodeInvalide) as refus:
        methodes.creer(agent, f.EPCI, change(agir))
    assert any(raison in faute for faute in refus.value.fautes), refus.value.fautes
    assert not Methode.objects.filter(epci=f.EPCI).exists()


def test_a_crossing_table_left_open_is_refused(agent):
    limoges = methodes.donnees_de(Methode.objects.get(code="limoges"))
    limoges["croisement"] = deepcopy(limoges["croisement"])
    limoges["croisement"]["table"][1][2] = None
    with pytest.raises(MethodeInvalide, match="incomplète"):
        methodes.creer(agent, f.EPCI, limoges)


# --- adoption -------------------------------------------------------------------------------------------------------


def test_adoption_puts_in_service_computes_and_retires_the_former_version(agent, territoire):
    recalculer(f.EPCI)
    premiere = apercu_methodes.adopter(agent, f.methode(code="locale"), DECISION)
    assert Indice.objects.filter(methode=premiere, niveau="residence").count() == 2
    seconde = apercu_methodes.adopter(agent, methodes.nouvelle_version(agent, premiere), DECISION)
    premiere.refresh_from_db()
    assert (premiere.statut, seconde.statut, seconde.decision) == ("retiree", "adoptee", "Délibération n° 4")
    assert seconde.adoptee_par == agent.utilisateur and seconde.decision_du == date(2026, 1, 12)
    assert Indice.objects.filter(methode=premiere).exists()  # what an older report was made from


def test_the_same_rule_adopted_gives_the_same_indices_as_the_preset(agent, territoire):
    recalculer(f.EPCI)
    copie = apercu_methodes.adopter(agent, f.methode(), DECISION)
    champs = ("niveau", "territoire", "millesime", "valeur", "rang_classe", "contributions")
    lues = [
        list(Indice.objects.filter(methode=m).order_by(*champs[:3]).values_list(*champs))
        for m in (copie, Methode.objects.get(code="valenciennes", epci=""))
    ]
    assert lues[0] == lues[1] and lues[0]


@pytest.mark.parametrize(
    ("decision", "raison"),
    [
        (Decision(" ", date(2026, 1, 1)), "référence"),
        (Decision("x", date.today() + timedelta(days=2)), "à venir"),
        (Decision("x" * 201, date(2026, 1, 1)), "200 caractères"),
    ],
)
def test_a_decision_must_be_one(agent, territoire, decision, raison):
    with pytest.raises(MethodeInvalide, match=raison):
        apercu_methodes.adopter(agent, f.methode(), decision)


def test_without_any_survey_on_the_territory_a_method_is_not_adopted(agent):
    f.commune()
    with pytest.raises(MethodeInvalide, match="Aucune enquête"):
        apercu_methodes.adopter(agent, f.methode(), DECISION)


def test_a_reference_without_data_is_refused(agent, territoire):
    axe = deepcopy(donnees()["axes"])
    axe[0]["composantes"][0]["code"] = "vacance_3_mois"  # nothing counted for it here
    with pytest.raises(MethodeInvalide, match="la référence n'a pas de donnée"):
        apercu_methodes.adopter(agent, f.methode(axes=axe), DECISION)


def test_a_component_without_respondents_is_refused(agent, territoire):
    with pytest.raises(MethodeInvalide, match="aucune résidence n'a assez de répondants"):
        apercu_methodes.adopter(agent, f.methode(minimum_composante=5000), DECISION)


def test_an_optional_component_without_data_refuses_nothing(agent, territoire):
    axe = deepcopy(donnees()["axes"])
    axe[0]["composantes"][0] |= {"code": "vacance_3_mois", "facultative": True}
    assert apercu_methodes.adopter(agent, f.methode(axes=axe), DECISION).statut == "adoptee"


def test_an_adopted_version_is_adopted_once(agent, territoire):
    methode = apercu_methodes.adopter(agent, f.methode(), DECISION)
    with pytest.raises(MethodeDepassee):
        methodes.adopter(agent, methode, DECISION)


# --- what never changes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("statut", ["adoptee", "retiree"])
def test_a_version_that_has_left_the_draft_is_not_rewritten_by_the_service(agent, statut):
    methode = f.methode(statut)
    with pytest.raises(MethodeDepassee):
        methodes.modifier(agent, methode, donnees(libelle="Autre"))
    with pytest.raises(MethodeDepassee):
        methodes.supprimer(agent, methode)


@pytest.mark.parametrize(
    "champs",
    [{"axes": []}, {"libelle": "Autre"}, {"minimum_repondants": 1}, {"statut": "brouillon"}, {"decision": "autre"}],
)
@pytest.mark.parametrize("statut", ["adoptee", "retiree"])
def test_nor_by_the_database(db, statut, champs):
    methode = f.methode(statut)
    with pytest.raises(DatabaseError, match="ne se réécrit pas"), transaction.atomic():
        Methode.objects.filter(pk=methode.pk).update(**champs)
    with pytest.raises(DatabaseError, match="ne se réécrit pas"), transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("DELETE FROM diagnostic_methode WHERE id = %s", [methode.pk])


def test_a_retired_version_does_not_come_back(db):
    with pytest.raises(DatabaseError, match="ne se réécrit pas"), transaction.atomic():
        Methode.objects.filter(pk=f.methode("retiree").pk).update(statut="adoptee")


def test_the_account_of_who_adopted_may_go(agent, territoire):
    methode = apercu_methodes.adopter(agent, f.methode(), DECISION)
    Methode.objects.filter(pk=methode.pk).update(adoptee_par=None)
    assert Methode.objects.get(pk=methode.pk).adoptee_par is None


def test_retired_it_is_read_no_more_and_its_rows_are_kept(agent, territoire):
    methode = apercu_methodes.adopter(agent, f.methode(), DECISION)
    assert methode in indices.methodes(agent)
    methodes.retirer(agent, methode)
    assert methode not in indices.methodes(agent)
    assert Indice.objects.filter(methode=methode).exists()


# --- the main one ---------------------------------------------------------------------------------------------------


def test_pages_open_on_the_method_that_the_epci_named(agent, territoire, valenciennes):
    def principale():
        return indices.methode_par_defaut(list(indices.methodes(agent).du_territoire(f.EPCI)))

    assert principale().code == "repere17_precarite"
    methodes.designer(agent, f.EPCI, valenciennes)
    assert principale() == valenciennes
    with pytest.raises(MethodeDepassee):
        methodes.designer(agent, f.EPCI, f.methode())
    assert MethodePrincipale.objects.count() == 1


# --- two at once ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_adoptions_at_once_leave_one_version_in_service():
    f.commune()
    agent = f.adhesion("epci")
    brouillons = [f.methode(code="locale", version=version) for version in ("1", "2")]
    barriere, issues = Barrier(2), []

    def adopter(methode):
        barriere.wait()
        try:
            issues.append(methodes.adopter(agent, methode, DECISION).version)
        finally:
            connections["default"].close()

    fils = [Thread(target=adopter, args=(methode,)) for methode in brouillons]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(issues) == ["1", "2"]
    assert sorted(Methode.objects.filter(code="locale").values_list("statut", flat=True)) == ["adoptee", "retiree"]
