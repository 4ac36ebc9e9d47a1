"""Errors of the API: JSON with French messages, whatever the format asked; never a 500 for an input (contrat §3)."""

from django.core.exceptions import ValidationError as ErreurDjango
from django.db import DataError
from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import APIException, NotFound, ParseError, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.views import APIView, exception_handler


class Conflit(APIException):
    """409: the state of the thing forbids it."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "L'état actuel ne permet pas cette action."
    default_code = "conflit"


class TropVolumineux(APIException):
    """413: the file is over the limit."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "Fichier trop volumineux."
    default_code = "trop_volumineux"


class DisqueInsuffisant(APIException):
    """507: the server's disk is full."""

    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_detail = "Le disque du serveur est plein."
    default_code = "disque_plein"


class AdresseInconnue(APIView):
    """Any other address under /api/v1/: a 404 in JSON."""

    permission_classes = [AllowAny]
    schema = None

    def initial(self, request, *args, **kwargs):
        raise NotFound("Adresse inconnue. La liste des routes est à /api/v1/, leur description à /api/docs/.")


def traduire(exc: Exception) -> Exception:
    """What Django, its parsers or PostgreSQL refuse, as our own answers. An impossible value (NUL character, number out
    of bounds) is a 400."""
    if isinstance(exc, Http404):
        return NotFound("Rien à cette adresse, ou rien qui soit ouvert à votre organisation.")
    if isinstance(exc, ParseError):
        return ParseError("Le corps de la demande ne se lit pas. Vérifiez son écriture, et son Content-Type.")
    if isinstance(exc, ErreurDjango):
        return ValidationError(getattr(exc, "message_dict", None) or exc.messages)
    if isinstance(exc, DataError):
        return ValidationError("Une valeur de la demande est impossible (caractère interdit ou nombre trop grand).")
    return exc


def reponse_erreur(exc, contexte):
    """Body of an error: {"detail": …} or {champ: [messages]}. A list export in error answers in JSON as well."""
    reponse = exception_handler(traduire(exc), contexte)
    if reponse is None:
        return None
    if isinstance(reponse.data, list):
        reponse.data = {"detail": " ".join(str(message) for message in reponse.data)}
    requete = contexte["request"]
    requete.accepted_renderer, requete.accepted_media_type = JSONRenderer(), "application/json"
    return reponse
