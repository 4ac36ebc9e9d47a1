"""Query parameters of a list: an unknown one is refused by name, so that a misspelt filter never returns everything."""

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.filters import OrderingFilter

COMMUNS = frozenset({"page", "page_size", "format"})


def exiger_connus(request, connus) -> None:
    """Raise a 400 that names every query parameter outside `connus` and the common ones."""
    inconnus = sorted(set(request.query_params) - set(connus) - COMMUNS)
    if inconnus:
        possibles = ", ".join(sorted(connus)) or "aucun"
        raise ValidationError({nom: [f"Paramètre inconnu. Paramètres possibles : {possibles}."] for nom in inconnus})


def lire_parametres(request, forme) -> dict:
    """Query parameters checked by the serializer class `forme`; an unknown or unreadable one is a 400 that names it."""
    champs = forme().fields
    exiger_connus(request, champs)
    lus = forme(data={nom: request.query_params[nom] for nom in champs if nom in request.query_params})
    lus.is_valid(raise_exception=True)
    return lus.validated_data


class FiltreStrict(DjangoFilterBackend):
    """django-filter, refusing unknown parameters. `ordering` is known where the view lists `ordering_fields`."""

    def filter_queryset(self, request, queryset, view):
        filtre = self.get_filterset_class(view, queryset)
        connus = set(filtre.base_filters) if filtre else set()
        connus |= set(getattr(view, "parametres", ()))
        if getattr(view, "ordering_fields", None):
            connus.add("ordering")
        exiger_connus(request, connus)
        return super().filter_queryset(request, queryset, view)


class TriStrict(OrderingFilter):
    """`?ordering=champ,-champ` among the view's `ordering_fields`; any other field is a 400."""

    def filter_queryset(self, request, queryset, view):
        possibles = getattr(view, "ordering_fields", None)
        if not possibles:
            return queryset
        demandes = [champ.strip() for champ in request.query_params.get(self.ordering_param, "").split(",")]
        refuses = [champ for champ in demandes if champ and champ.lstrip("-") not in possibles]
        if refuses:
            raise ValidationError(
                {"ordering": [f"Tri impossible sur {', '.join(refuses)}. Possibles : {', '.join(possibles)}."]}
            )
        return super().filter_queryset(request, queryset, view)
