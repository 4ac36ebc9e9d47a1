from rest_framework.views import exception_handler


def reponse_erreur(exc, contexte):
    return exception_handler(exc, contexte)
