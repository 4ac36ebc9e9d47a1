"""What must hold for every preset and normalisation, whatever the counts."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from diagnostic.calculs.indices_regle import Normalisation
from tests.diagnostic.moteur_d_indices import METHODES, evaluer, methode, preset

toujours = settings(deadline=None, max_examples=60)  # a busy machine is no counter-example
code = st.sampled_from(sorted(METHODES))
compte = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda c: (min(c), max(c)))
cellule = st.one_of(st.none(), st.tuples(compte, st.integers(5, 40)).map(lambda c: (*c[0], c[1])))


@st.composite
def situation(tirer, regle=None):
    """A rule, places and the reference of each of its components."""
    regle = preset(tirer(code)) if regle is None else regle
    cles = list(dict.fromkeys(c.cle for c in regle.composantes))
    place = st.fixed_dictionaries(dict.fromkeys(cles, cellule) | {"repondants": st.integers(8, 60)})
    lieux = [
        {cle: valeur for cle, valeur in lieu.items() if valeur is not None}
        for lieu in tirer(st.lists(place, min_size=1, max_size=6))
    ]
    return regle, lieux, tirer(st.fixed_dictionaries(dict.fromkeys(cles, compte)))


def exacte(regle, axe, lieu, references) -> Fraction | None:
    """Value of an axis of ratios or rates in fractions, straight from the rule; None without value."""
    scores, poids = [], []
    for c in axe.composantes:
        n, d, effectif = lieu.get(c.cle, (0, 0, 0))
        reference = references[c.cle]
        petite = c.effectif is not None and effectif < 11
        if petite or not d or (axe.normalisation == "rapport" and not reference[0]):
            continue
        scores.append(Fraction(n, d) / (Fraction(*reference) if axe.normalisation == "rapport" else 1))
        poids.append(c.poids)
    if lieu["repondants"] < 11 or not sum(poids):
        return None
    return axe.base * sum(s * p for s, p in zip(scores, poids)) / sum(poids)


@toujours
@given(situation())
def test_values_and_classes_of_the_axes_are_those_of_exact_arithmetic(tiree):
    regle, lieux, references = tiree
    resultat = evaluer(regle, lieux, references)
    for axe, lu in zip(regle.axes, resultat.axes):
        for i, lieu in enumerate(lieux):
            attendue = exacte(regle, axe, lieu, references)
            assert np.isnan(lu.valeur[i]) == (attendue is None) == (lu.rang[i] == -1)
            if attendue is not None:
                assert lu.valeur[i] == pytest.approx(float(attendue), rel=1e-12)
                assert lu.rang[i] == sum(attendue >= borne for borne in axe.bornes)


@toujours
@given(situation())
def test_contributions_of_each_axis_sum_to_its_value_and_weights_to_one(tiree):
    resultat = evaluer(*tiree)
    for axe in resultat.axes:
        avec = ~np.isnan(axe.valeur)
        assert np.nansum(axe.contributions, axis=1)[avec] == pytest.approx(axe.valeur[avec])
        assert axe.poids.sum(axis=1) == pytest.approx(avec.astype(float))
        assert np.isnan(axe.contributions[~avec]).all()


@toujours
@given(situation())
def test_classes_keep_the_order_of_the_values(tiree):
    for axe in evaluer(*tiree).axes:
        avec = np.flatnonzero(~np.isnan(axe.valeur))
        rangs = axe.rang[avec][np.argsort(axe.valeur[avec], kind="stable")]
        assert (np.diff(rangs) >= 0).all()


@toujours
@given(situation(), st.integers(2, 9))
def test_multiplying_every_count_by_a_factor_changes_nothing(tiree, facteur):
    """Counts of the places and of the references; what tells whether a population is large enough is left."""
    regle, lieux, references = tiree
    multiplies = [
        {cle: (v[0] * facteur, v[1] * facteur, *v[2:]) if cle != "repondants" else v for cle, v in lieu.items()}
        for lieu in lieux
    ]
    grandes = {cle: (n * facteur, d * facteur) for cle, (n, d) in references.items()}
    avant, apres = evaluer(regle, lieux, references), evaluer(regle, multiplies, grandes)
    assert apres.rang.tolist() == avant.rang.tolist()
    assert apres.alertes.tolist() == avant.alertes.tolist()
    for un, autre in zip(avant.axes, apres.axes):
        assert autre.valeur == pytest.approx(un.valeur, nan_ok=True)


@toujours
@given(situation())
def test_a_place_without_class_says_why(tiree):
    resultat = evaluer(*tiree)
    assert (resultat.alertes[resultat.rang < 0] != 0).all()


@toujours
@given(situation(), st.randoms(use_true_random=False))
def test_the_order_of_the_places_does_not_matter(tiree, hasard):
    regle, lieux, references = tiree
    ordre = hasard.sample(range(len(lieux)), len(lieux))
    avant, apres = evaluer(regle, lieux, references), evaluer(regle, [lieux[i] for i in ordre], references)
    assert apres.rang.tolist() == [avant.rang[i] for i in ordre]


@toujours
@given(st.sampled_from(["rapport", "taux", "rang", "z"]), st.data())
def test_a_direction_turned_over_turns_the_scores_over(normalisation, tirage):
    une, autre = (methode({"code": "beneficiaires_apl", "sens": sens}, normalisation=normalisation) for sens in (1, -1))
    _, lieux, references = tirage.draw(situation(regle=une))
    haut, bas = (evaluer(regle, lieux, references).valeur for regle in (une, autre))
    assume(not np.isnan(haut).all())
    somme = {"rapport": 2, "taux": 1, "rang": 1, "z": 0}[normalisation]
    assert (haut + bas)[~np.isnan(haut)] == pytest.approx(somme)
    assert np.isnan(haut).tolist() == np.isnan(bas).tolist()


@toujours
@given(st.data())
def test_ranks_have_a_mean_of_one_half_and_deviations_of_nought(tirage):
    for normalisation, moyenne in ((Normalisation.RANG, 0.5), (Normalisation.Z, 0)):
        regle = methode("rotation", normalisation=normalisation)
        valeurs = evaluer(*tirage.draw(situation(regle=regle))).valeur
        if not np.isnan(valeurs).all():
            assert np.nanmean(valeurs) == pytest.approx(moyenne, abs=1e-9)
