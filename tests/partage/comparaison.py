"""Every figure of the API, as an EPCI administrator reads it, against the independent recomputation."""

from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction

from tests.partage import recalcul_independant as verite

EPCI = "243100518"


def toutes_les_pages(get: Callable, chemin: str, **parametres) -> Iterator[dict]:
    page = 1
    while True:
        reponse = get(chemin, {**parametres, "page": page, "page_size": 1000})
        yield from reponse["results"]
        if not reponse["next"]:
            return
        page += 1


def comparer(get: Callable, d: verite.Donnees) -> list[str]:
    """Differences, one line each; empty when all agree."""
    return [
        *comparer_indicateurs(get, d),
        *comparer_indices(get, d),
        *comparer_atteintes(get, d),
        *comparer_revues(get, d),
    ]


def comparer_indicateurs(get, d) -> list[str]:
    attendus = verite.indicateurs(d, EPCI)
    connus = {(population, code) for *_, population, code in attendus}
    ecarts, vus = [], set()
    for niveau in ("residence", "qpv", "hors_qpv", "commune", "epci"):
        for ligne in toutes_les_pages(get, "/indicateurs/", epci=EPCI, niveau=niveau):
            code = ligne["code"]
            if (ligne["population"], code) not in connus:
                continue
            version = ligne["version"] if niveau == "qpv" else "*" if niveau == "hors_qpv" else ""
            cle = (niveau, ligne["territoire"], version, ligne["millesime"], ligne["population"], code)
            vus.add(cle)
            attendu = attendus.get(cle)
            if attendu is None:
                if (ligne["numerateur"] or 0) or (ligne["denominateur"] or 0):
                    ecarts.append(f"indicateur en trop {cle} {ligne}")
                continue
            n, den, base = attendu
            if verite.masque(code, base):
                if not ligne["secret"] or any(
                    ligne[c] is not None for c in ("numerateur", "denominateur", "taux", "repondants")
                ):
                    ecarts.append(f"non masqué {cle} {ligne} base={base}")
                continue
            if ligne["secret"]:
                ecarts.append(f"masqué à tort {cle} base={base}")
                continue
            if (ligne["numerateur"], ligne["denominateur"], ligne["repondants"]) != (float(n), float(den), base):
                ecarts.append(f"indicateur {cle} attendu {n}/{den} base {base}, lu {ligne}")
            elif den and abs(ligne["taux"] - float(Fraction(n) / Fraction(den))) > 0.00005001:
                ecarts.append(f"taux {cle} {ligne}")
    for cle, (_n, den, _base) in attendus.items():
        if cle not in vus and den:
            ecarts.append(f"indicateur absent {cle}")
    return ecarts


def comparer_indices(get, d) -> list[str]:
    millesime = d.annees[-1]
    ecarts = []
    for methode, calcules in verite.indices(verite.indicateurs(d, EPCI), EPCI, millesime, d).items():
        rangs: dict = {}
        for niveau in ("residence", "qpv", "hors_qpv", "commune", "epci"):
            vus = set()
            filtres = {"epci": EPCI, "niveau": niveau, "methode": methode, "millesime": millesime}
            for ligne in toutes_les_pages(get, "/indices/", **filtres):
                cle = (niveau, ligne["territoire"])
                vus.add(cle)
                if cle not in calcules:
                    ecarts.append(f"indice en trop {methode} {cle}")
                    continue
                ecarts += [f"{methode} {cle} : {ecart}, lu {ligne}" for ecart in ecarts_indice(ligne, calcules[cle])]
                if ligne["classe"] and rangs.setdefault(calcules[cle].rang, ligne["classe"]) != ligne["classe"]:
                    ecarts.append(f"classe {methode} {cle} {ligne['classe']} au rang {calcules[cle].rang} ({rangs})")
            ecarts += [f"indice absent {methode} {cle}" for cle in calcules if cle[0] == niveau and cle not in vus]
        if len(set(rangs.values())) != len(rangs):
            ecarts.append(f"classes confondues {methode} {rangs}")
    return ecarts


def ecarts_indice(ligne: dict, attendu: verite.Attendu) -> list[str]:
    """One line of the API against what was expected; a masked one has no value either way (fewer than eleven)."""
    ecarts = []
    if (ligne["classe"] is None) != (attendu.rang is None):
        ecarts.append(f"classe attendue de rang {attendu.rang}")
    if ligne["classe"] is None and not ligne["alertes"]:
        ecarts.append(f"sans classe ni raison ({attendu.repondants} répondants)")
    axes = ligne["axes"] or [{"code": "", "valeur": ligne["valeur"], "contributions": ligne["contributions"]}]
    valeurs = attendu.axes or {"": attendu.valeur}
    if [axe["code"] for axe in axes] != list(valeurs) or (ligne["axes"] and ligne["valeur"] is not None):
        return [*ecarts, f"axes attendus {list(valeurs)}"]
    for axe in axes:
        valeur = valeurs[axe["code"]]
        if (axe["valeur"] is None) != (valeur is None):
            ecarts.append(f"axe {axe['code']} attendu {valeur}")
        elif valeur is not None:
            comptees = [c["contribution"] for c in axe["contributions"] if c["contribution"] is not None]
            somme = sum(comptees) if not any(c["secret"] for c in axe["contributions"]) else float(valeur)
            for nom, lue in (("valeur", axe["valeur"]), ("somme des contributions", somme)):
                if abs(lue - float(valeur)) > 1e-9 * max(1, float(valeur)):
                    ecarts.append(f"{nom} {lue} de l'axe {axe['code']}, attendu {float(valeur)}")
    return ecarts


CHAMP = {"total": None, "bailleur": "bailleur", "qpv": "qpv", "reservataire": "reservataire"}
SUIVIS = ("q1_ou_reloges_hors_qpv", "q1_hors_qpv", "q2_q4_en_qpv", "prioritaires_reservataire", "mutations")
CIBLES = {
    "q1_ou_reloges_hors_qpv": Fraction(1, 4),
    "q2_q4_en_qpv": Fraction(1, 2),
    "prioritaires_reservataire": Fraction(1, 4),
}


def comparer_atteintes(get, d) -> list[str]:
    att = verite.attributions(d)
    ecarts = []
    jours = [None, date(d.annees[-1], 6, 30), date(d.annees[0], 11, 3)]
    for axe, champ in CHAMP.items():
        for au in jours if axe in ("total", "bailleur") else jours[:1]:
            attendus = verite.atteintes(att, axe, au)
            vus = set()
            parametres = {"epci": EPCI, "axe": axe} | ({"au": au.isoformat()} if au else {})
            for ligne in toutes_les_pages(get, "/atteintes/", **parametres):
                if ligne["objectif"] not in SUIVIS:
                    continue
                cle = (ligne["objectif"], ligne["annee"], ligne[champ] if champ else None)
                attendu = attendus.get(cle)
                if attendu is None:
                    if ligne["denominateur"]:
                        ecarts.append(f"atteinte en trop {axe} {au} {ligne}")
                    continue
                vus.add(cle)
                if [ligne["numerateur"], ligne["denominateur"], ligne["inconnus"]] != attendu:
                    ecarts.append(f"atteinte {axe} {au} {cle} attendu {attendu}, lu {ligne}")
                    continue
                ecarts += verdict(d, ligne, attendu, au)
            ecarts += [f"atteinte absente {axe} {au} {cle}" for cle in attendus if cle not in vus]
    return ecarts


def verdict(d, ligne, attendu, au) -> list[str]:
    """Target, verdict and what is left, for a year that is over."""
    n, den, _ = attendu
    annee, objectif = ligne["annee"], ligne["objectif"]
    cible = CIBLES.get(objectif)
    if objectif in ("q1_ou_reloges_hors_qpv", "q2_q4_en_qpv") and annee not in d.annees:
        cible = None
    if objectif == "prioritaires_reservataire" and (ligne["reservataire"] or "").startswith("etat_"):
        cible = None
    if (ligne["cible"] is None) != (cible is None) or (cible is not None and float(cible) != ligne["cible"]):
        return [f"cible {ligne} attendue {cible}"]
    atteint = None if cible is None or den < 20 else Fraction(n, den) >= cible
    if ligne["atteint"] != atteint:
        return [f"verdict {ligne} attendu {atteint}"]
    if den and abs(ligne["taux"] - n / den) > 0.00005001:
        return [f"taux {ligne}"]
    if cible is not None and annee < (au or date.today()).year:
        reste = max(0, -((-cible * den) // 1) - n)
        if ligne["reste_a_faire"] != reste:
            return [f"reste {ligne} attendu {reste}"]
    return []


def comparer_revues(get, d) -> list[str]:
    if d.relogements.empty:
        return []
    ecarts = []
    jours = [date.today(), date(d.annees[-1], 1, 1), date(d.annees[0], 9, 15), date(d.annees[0], 12, 31)]
    for jour in jours:
        lue = get("/relogement/revue/", {"epci": EPCI, "date": jour.isoformat()})
        ecarts += ecarts_revue(f"EPCI {jour}", lue, verite.revue(d, jour))
    for projet in toutes_les_pages(get, "/relogement/projets/", epci=EPCI):
        for jour in jours:
            lue = get(f"/relogement/projets/{projet['id']}/revue/", {"date": jour.isoformat()})
            ecarts += ecarts_revue(f"{projet['code']} {jour}", lue, verite.revue(d, jour, projet["code"]))
        for operation in set(d.relogements[projet["code"] == d.relogements.CODE_PROJET].OPERATION):
            lue = get(f"/relogement/projets/{projet['id']}/revue/", {"operation": operation})
            attendue = verite.revue(d, date.today(), projet["code"], operation)
            ecarts += ecarts_revue(f"{projet['code']} {operation}", lue, attendue)
    return ecarts


def ecarts_revue(quoi, lue, attendue) -> list[str]:
    ecarts = []
    if lue["menages"] != attendue["menages"]:
        ecarts.append(f"revue {quoi} ménages {lue['menages']} attendu {attendue['menages']}")
    for etat, n in attendue["etats"].items():
        if lue["etats"].get(etat, 0) != n:
            ecarts.append(f"revue {quoi} état {etat} lu {lue['etats']} attendu {n}")
    for critere, (n, den, non) in attendue["criteres"].items():
        c = lue["criteres"][critere]
        if [c["numerateur"], c["denominateur"], c["non_renseignes"]] != [n, den, non]:
            ecarts.append(f"revue {quoi} critère {critere} lu {c} attendu {n}/{den} ({non})")
    accordees, montant = attendue["minorations"]
    if (
        lue["minorations"]["accordees"] != accordees
        or abs(float(lue["minorations"]["montant_mensuel"] or 0) - float(montant)) > 0.005
    ):
        ecarts.append(f"revue {quoi} minorations {lue['minorations']} attendu {accordees} {montant}")
    return ecarts
