"""Settings. Without any variable: DEBUG, embedded PostgreSQL and filesystem broker under `var/`, development keys."""

import sys
from pathlib import Path

from csp.constants import NONE, SELF

from config import embarque
from config.environnement import booleen, courriel, entier, liste, texte, tuiles

BASE_DIR = Path(__file__).resolve().parent.parent
VAR = Path(texte("VAR_DIR", str(BASE_DIR / "var")))
DEBUG = booleen("DEBUG", True)
EN_TEST = "pytest" in sys.modules


def secret(nom: str, defaut: str) -> str:
    """A development value while DEBUG is on; compulsory otherwise."""
    return texte(nom, defaut if DEBUG else None)


SECRET_KEY = secret("SECRET_KEY", "cle-de-developpement-a-ne-pas-utiliser-en-production-0123456789")
CLE_PSEUDONYME = secret("CLE_PSEUDONYME", "pseudonymes-de-developpement")
CLE_CHIFFREMENT = secret("CLE_CHIFFREMENT", "chiffrement-de-developpement")
ALLOWED_HOSTS = liste("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else None)
CSRF_TRUSTED_ORIGINS = liste("CSRF_TRUSTED_ORIGINS", " ")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_filters",
    "django_htmx",
    "leaflet",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "partenaires",
    "diagnostic",
    "attributions",
    "relogement",
    "suivi",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "partenaires.acces.AdhesionMiddleware",
    "suivi.contexte.SelectionMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "suivi.contexte.plateforme",
            ],
        },
    }
]

# --- services -------------------------------------------------------------------------------------------------------
url_base = texte("DATABASE_URL", "" if DEBUG else None)
DATABASES = {"default": embarque.depuis_url(url_base) if url_base else embarque.postgresql_embarque(VAR / "postgres")}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DATABASES["default"]["CONN_MAX_AGE"] = entier("CONN_MAX_AGE", 60)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CELERY_BROKER_URL = texte("CELERY_BROKER_URL", "" if DEBUG else None)
if not CELERY_BROKER_URL:
    globals().update(embarque.courtier_fichiers(VAR / "celery"))
CELERY_TIMEZONE = "Europe/Paris"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = texte("CELERY_FILE", "plateforme")
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "celerybeat-schedule")

if CELERY_BROKER_URL.startswith(("redis://", "rediss://")):
    CACHES = {
        "default": {
            "BACKEND": "config.cache.CacheRedis",
            "LOCATION": CELERY_BROKER_URL,
            "KEY_PREFIX": texte("REDIS_PREFIXE", "plateforme"),
            "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
        }
    }

# --- accounts -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "partenaires.Utilisateur"
AUTHENTICATION_BACKENDS = ["partenaires.acces.CompteBackend"]
LOGIN_URL = "connexion"
LOGIN_REDIRECT_URL = "accueil"
LOGOUT_REDIRECT_URL = "connexion"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if EN_TEST:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# --- language, time, files ------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "templates" / "statiques"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 100  # also said in templates/400.html
TAILLE_MAX_DEPOT = entier("TAILLE_MAX_DEPOT", 3 * 1024**3)
FILE_UPLOAD_HANDLERS = ["partenaires.reception.ReceptionHandler"]

# --- the platform ---------------------------------------------------------------------------------------------------
PLATEFORME_NOM = texte("PLATEFORME_NOM", "Plateforme CIL")
PLATEFORME_LOGO = texte("PLATEFORME_LOGO", " ").strip()
PLATEFORME_URL = texte("PLATEFORME_URL", "http://127.0.0.1:8000")
FOND_CARTE_URL, ORIGINE_FOND_CARTE = tuiles("FOND_CARTE_URL")
FOND_CARTE_ATTRIBUTION = texte("FOND_CARTE_ATTRIBUTION", "IGN")
globals().update(courriel(texte("EMAIL_URL", " ").strip(), DEBUG))
DEFAULT_FROM_EMAIL = texte("EMAIL_EXPEDITEUR", "ne-pas-repondre@localhost")

# --- security -------------------------------------------------------------------------------------------------------
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", *([ORIGINE_FOND_CARTE] if ORIGINE_FOND_CARTE else [])],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
if not DEBUG:
    SECURE_SSL_REDIRECT = booleen("SECURE_SSL_REDIRECT", True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = entier("SECURE_HSTS_SECONDS", 31536000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# --- API ------------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "partenaires.api.authentification.JetonAuthentication",
        "partenaires.api.authentification.SessionAdhesionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["partenaires.api.permissions.MembreActif"],
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "partenaires.api.tableaux.CSVRenderer",
        "partenaires.api.tableaux.XLSXRenderer",
    ],
    "DEFAULT_PAGINATION_CLASS": "partenaires.api.pagination.Pagination",
    "DEFAULT_FILTER_BACKENDS": ["partenaires.api.parametres.FiltreStrict", "partenaires.api.parametres.TriStrict"],
    "COERCE_DECIMAL_TO_STRING": False,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": texte("API_DEBIT", "1200/min")},
    "EXCEPTION_HANDLER": "partenaires.api.erreurs.reponse_erreur",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "API de la plateforme CIL",
    "DESCRIPTION": "Objectifs, indicateurs, indices, relogement et dépôts. Jeton dans « Authorization: Token … ».",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "GET_MOCK_REQUEST": "partenaires.api.schema.requete_factice",
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
