"""A territory whose bailleurs hand in their RPLS alone: neither `residences` nor `passage`."""

import pytest

from diagnostic.models import Appartenance, Commune, Comptage, Logement, Passage, Residence
from diagnostic.services import passages, rattachements
from partenaires.depots.moteur import importer
from partenaires.services.retrait import retirer
from suivi.services.recalcul import recalculer
from tests import fabriques as f
from tests.diagnostic.test_import_extraits import TERRITOIRES
from tests.partage import deposer

pytestmark = [pytest.mark.partage, pytest.mark.django_db]


@pytest.fixture(scope="module", params=[(1200, 5), (2500, 17)])
def dossier(request, tmp_path_factory):
    return deposer.extraire(tmp_path_factory.mktemp("extraits"), *request.param)


@pytest.fixture
def gestionnaires(dossier):
    """A member of each bailleur, their RPLS loaded, nothing else of theirs."""
    f.organisation("epci", siren=deposer.EPCI)
    membres = [
        f.adhesion("bailleur", role="gestionnaire", siren=siren, epci=deposer.EPCI)
        for siren in deposer.bailleurs(dossier)
    ]
    for type, chemin, *options in deposer.depots(dossier):
        arguments = {option.removeprefix("--"): valeur for option, valeur in zip(options[::2], options[1::2])}
        if "millesime" in arguments:
            arguments["millesime"] = int(arguments["millesime"])
        if type in (*TERRITOIRES, "rpls"):
            assert importer(type, chemin, **arguments).etat == "charge"
    return membres


def test_rpls_alone_gives_residences_and_their_indicators_once_all_is_confirmed(gestionnaires):
    depots = [depot for un in gestionnaires for depot in rattachements.confirmer(un, un.organisation)]
    assert [depot.type for depot in depots] == ["residences", "passage"] * len(gestionnaires)
    assert all(depot.rapport["erreurs"] == [] for depot in depots)
    assert not [g for un in gestionnaires for g in passages.proposer(un.siren)]
    logements = Logement.objects.courantes()
    codes = {residence.identifiant: residence.commune_id for residence in Residence.objects.courantes()}
    lus = dict(Passage.objects.courantes().values_list("ident_int", "code_residence"))
    assert set(lus) == set(logements.values_list("ident_int", flat=True))
    for logement in logements:
        assert codes[f"{logement.bailleur}:{lus[logement.ident_int]}"] == logement.commune

    (issue,) = recalculer(epci=deposer.EPCI, tout=True)
    assert issue.erreur in (None, "")
    chez_nous = set(Commune.objects.filter(territoire=deposer.EPCI).values_list("code", flat=True))
    attendues = {identifiant for identifiant, commune in codes.items() if commune in chez_nous}
    comptes = Comptage.objects.filter(epci=deposer.EPCI, niveau="residence")
    assert set(comptes.values_list("territoire", flat=True)) == attendues
    situees = Appartenance.objects.filter(epci=deposer.EPCI, nature="qpv", version="2024")
    assert set(situees.values_list("origine", flat=True)) == {"majorite"}
    assert {True, False} == set(situees.values_list("dedans", flat=True))

    for depot in reversed(depots):
        retirer(depot)
    assert not Residence.objects.courantes().exists()
    assert not Passage.objects.courantes().exists()
