"""Filters of the lists of the diagnosis, the same for the page, the API and the export."""

import django_filters as filtres

from diagnostic.calculs.recherche import sans_accent
from diagnostic.models import Perimetre, Residence, Territoire
from diagnostic.services.residences import dans_le_qpv


class ResidenceFilter(filtres.FilterSet):
    epci = filtres.CharFilter("commune__territoire", label="SIREN du territoire de CIL")
    bailleur = filtres.CharFilter(label="SIREN du bailleur")
    commune = filtres.CharFilter("commune", label="code INSEE de la commune")
    qpv = filtres.CharFilter(method="par_qpv", label="code du QPV en vigueur")
    famille = filtres.CharFilter(label="famille de patrimoine")
    q = filtres.CharFilter(method="par_texte", label="mots du nom, de l'adresse ou du code")

    class Meta:
        model = Residence
        fields = ["epci", "bailleur", "commune", "qpv", "famille", "q"]

    def par_qpv(self, residences, nom, code):
        return residences.filter(dans_le_qpv(code))

    def par_texte(self, residences, nom, texte):
        for mot in sans_accent(texte).split():
            residences = residences.filter(cle_recherche__contains=mot)
        return residences


class TerritoireFilter(filtres.FilterSet):
    epci = filtres.CharFilter("siren", label="SIREN du territoire de CIL")

    class Meta:
        model = Territoire
        fields = ["epci"]


class PerimetreFilter(filtres.FilterSet):
    epci = filtres.CharFilter("territoire", label="SIREN du territoire de CIL")
    nature = filtres.ChoiceFilter(choices=Perimetre.Nature.choices)
    version = filtres.CharFilter()
    commune = filtres.CharFilter("commune_code", label="code INSEE de la commune")
    code = filtres.CharFilter()
    date = filtres.DateFilter(
        method="en_vigueur_le",
        input_formats=["%Y-%m-%d"],
        label="périmètres en vigueur à cette date (AAAA-MM-JJ), d'après leurs dates légales",
    )

    class Meta:
        model = Perimetre
        fields = ["epci", "nature", "version", "commune", "code", "date"]

    def en_vigueur_le(self, perimetres, nom, le):
        ouverts = perimetres.filter(fin=None) | perimetres.filter(fin__gte=le)
        return ouverts.filter(debut__lte=le)
