from django.apps import AppConfig


class RelogementConfig(AppConfig):
    name = "relogement"
