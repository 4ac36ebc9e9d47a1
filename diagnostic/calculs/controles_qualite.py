"""What the quality of the data is judged on, as data: the counts of each source, and the controls, each a share, its
threshold [P] (`qualite_seuils`) and its remedy (conception §4; issue B)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

Comptes = Mapping[str, int | None]


class Source(StrEnum):
    RPLS = "rpls"
    OPS = "ops"
    GESTION = "gestion"
    SNE = "sne"


LIBELLES = {
    Source.RPLS: "RPLS",
    Source.OPS: "Enquête OPS",
    Source.GESTION: "État locatif",
    Source.SNE: "Attributions (SNE)",
}

# Counts by source; a group is masked as a whole, on the size of its population (its first count).
COMPTES: dict[Source, dict[str, str]] = {
    Source.RPLS: {
        "rpls_logements": "logements du RPLS",
        "rpls_rattaches": "logements rattachés à une résidence",
        "rpls_occupes": "logements occupés (MODE 1)",
        "rpls_vacants": "logements vacants ou vides (MODE 2, 3)",
        "residences": "résidences",
        "residences_situees": "résidences avec un point",
        "qpv_compares": "logements dont le QPV déclaré peut être vérifié",
        "qpv_differents": "QPV déclaré autre que celui du point",
    },
    Source.OPS: {
        "ops_enquetes": "logements enquêtés",
        "ops_repondants": "répondants",
        "ops_hors_rpls": "enquêtés absents du RPLS",
        "occupes_compares": "occupés au RPLS, une année d'enquête",
        "occupes_non_enquetes": "occupés au RPLS et non enquêtés",
        "vacants_enquetes": "enquêtés, mais vacants ou vides au RPLS",
        "rpls_dans_ops": "logements du RPLS trouvés dans l'OPS",
    },
    Source.GESTION: {
        "gestion_occupes": "logements occupés de l'état locatif",
        "gestion_logements": "logements de l'état locatif",
        "gestion_residences": "résidences de l'état locatif",
        "residences_comparees": "résidences qui ont des logements au RPLS",
        "residences_en_gestion": "dont présentes dans l'état locatif",
        "logements_en_gestion": "leurs logements au RPLS",
        "occupes_en_gestion": "leurs logements occupés au RPLS",
        "ecart_logements": "écarts de logements, résidence par résidence",
        "ecart_occupes": "écarts de logements occupés, résidence par résidence",
    },
    Source.SNE: {
        "sne_attributions": "attributions",
        "sne_logements_connus": "attributions dont le logement est connu",
        "sne_quartiles_connus": "attributions dont le quartile est connu",
        "sne_quartiles_compares": "quartiles déclarés et recalculés",
        "sne_quartiles_differents": "quartiles déclarés autres que recalculés",
        "sne_qpv_compares": "QPV déclarés et calculés",
        "sne_qpv_differents": "QPV déclarés autres que calculés",
    },
}
LIBELLES_COMPTES = {code: libelle for groupe in COMPTES.values() for code, libelle in groupe.items()}


class Axe(StrEnum):
    COMPLETE = "complete"
    FRAICHE = "fraiche"
    COHERENTE = "coherente"


@dataclass(frozen=True)
class Controle:
    """One share and its threshold: `code` in `qualite_seuils`; complete axes are minima, coherent ones maxima."""

    code: str
    source: Source
    axe: Axe
    libelle: str
    numerateurs: tuple[str, ...]
    denominateur: str
    remede: str
    complement: bool = False

    @property
    def minimum(self) -> bool:
        return self.axe == Axe.COMPLETE

    def comptes(self, comptes: Comptes) -> tuple[int, int] | None:
        """(numerator, denominator); None where a count is missing or there is nothing to count over."""
        lus = [comptes.get(nom) for nom in self.numerateurs]
        sur = comptes.get(self.denominateur)
        connus = [lu for lu in lus if lu is not None]
        if not sur or len(connus) < len(lus):
            return None
        total = sum(connus)
        return (sur - total if self.complement else total), sur


def _complete(code, source, libelle, numerateur, denominateur, remede, complement=False):
    return Controle(code, source, Axe.COMPLETE, libelle, (numerateur,), denominateur, remede, complement)


def _coherente(code, source, libelle, numerateurs, denominateur, remede):
    return Controle(code, source, Axe.COHERENTE, libelle, numerateurs, denominateur, remede)


CONTROLES: tuple[Controle, ...] = (
    _complete(
        "rattachement",
        Source.RPLS,
        "logements rattachés à une résidence",
        "rpls_rattaches",
        "rpls_logements",
        "Complétez le fichier passage : une ligne par logement, avec le code de sa résidence.",
    ),
    _complete(
        "points",
        Source.RPLS,
        "résidences situées par un point",
        "residences_situees",
        "residences",
        "Renseignez X, Y et EPSG des résidences qui n'en ont pas.",
    ),
    _coherente(
        "qpv",
        Source.RPLS,
        "QPV déclaré autre que celui du point",
        ("qpv_differents",),
        "qpv_compares",
        "Corrigez QPV dans le prochain RPLS, ou les coordonnées de la résidence.",
    ),
    _complete(
        "couverture_ops",
        Source.OPS,
        "logements occupés au RPLS et enquêtés",
        "occupes_non_enquetes",
        "occupes_compares",
        "Ajoutez à l'OPS une ligne par logement occupé, avec REPONSE = 0 pour qui n'a pas répondu.",
        complement=True,
    ),
    _complete(
        "reponse",
        Source.OPS,
        "taux de réponse",
        "ops_repondants",
        "ops_enquetes",
        "Relancez les ménages qui n'ont pas répondu et redéposez l'enquête : le nouveau fichier remplace l'ancien.",
    ),
    _coherente(
        "contradictions_ops",
        Source.OPS,
        "enquêtés, mais vacants au RPLS ou absents du RPLS",
        ("vacants_enquetes", "ops_hors_rpls"),
        "ops_enquetes",
        "Vérifiez MODE dans le RPLS et IDENT_INT dans l'OPS : un logement vacant n'a pas de ménage.",
    ),
    _complete(
        "couverture_gestion",
        Source.GESTION,
        "résidences du RPLS présentes dans l'état locatif",
        "residences_en_gestion",
        "residences_comparees",
        "Ajoutez à l'état locatif une ligne par résidence, sous les codes du fichier des résidences.",
    ),
    _coherente(
        "ecart_logements",
        Source.GESTION,
        "écart de logements avec le RPLS",
        ("ecart_logements",),
        "logements_en_gestion",
        "Comparez NB_LOGEMENTS au nombre de logements du RPLS, résidence par résidence : passage incomplet, vente, "
        "démolition.",
    ),
    _coherente(
        "ecart_occupes",
        Source.GESTION,
        "écart de logements occupés avec le RPLS",
        ("ecart_occupes",),
        "occupes_en_gestion",
        "Comparez NB_OCCUPES aux logements MODE 1 du RPLS : date d'arrêt différente, ou MODE à corriger.",
    ),
    _complete(
        "logements_sne",
        Source.SNE,
        "attributions dont le logement est connu",
        "sne_logements_connus",
        "sne_attributions",
        "Vérifiez NUMERORPLS et SIREN_RADIATION, ou déposez le RPLS qui porte ces logements.",
    ),
    _complete(
        "quartiles_sne",
        Source.SNE,
        "attributions dont le quartile est connu",
        "sne_quartiles_connus",
        "sne_attributions",
        "Faites renseigner REVENU_MENSUEL_FOYER et UNITE_CONSO, et chargez les seuils de l'année.",
    ),
    _coherente(
        "ecart_quartiles",
        Source.SNE,
        "quartile déclaré autre que recalculé",
        ("sne_quartiles_differents",),
        "sne_quartiles_compares",
        "Faites vérifier revenu, unités de consommation et seuils : c'est le quartile recalculé qui compte.",
    ),
    _coherente(
        "ecart_qpv_sne",
        Source.SNE,
        "QPV déclaré au SNE autre que celui du logement",
        ("sne_qpv_differents",),
        "sne_qpv_compares",
        "Faites vérifier l'adresse du logement attribué : c'est le point de sa résidence qui compte.",
    ),
)
AGES = {source: f"age_{source.value}" for source in Source}
