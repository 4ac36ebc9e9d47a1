from django.apps import AppConfig


class AttributionsConfig(AppConfig):
    name = "attributions"
