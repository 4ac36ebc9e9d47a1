"""Fields that several requests have."""

from rest_framework import serializers

from partenaires.models import Organisation


class ChampOrganisation(serializers.SlugRelatedField):
    """An organisation by its SIREN, among those that the member of the request may know."""

    default_error_messages = {"does_not_exist": "Aucune organisation n'a le SIREN {value}."}

    def __init__(self, **options):
        # DRF wants a queryset as soon as a field is written; the one that serves is `get_queryset`
        super().__init__(slug_field="siren", queryset=Organisation.objects.none(), **options)

    def get_queryset(self):
        return Organisation.objects.visible_to(self.context["request"].adhesion)
