"""Settings. Secrets and addresses come from the environment; docs/settings.md is generated from CURES."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from api import framework
from casebook.files.limits import MOST_BYTES
from protocol.assumptions import EXPECTED_SUBJECTS
from trial_edc.environment import database, environment, listed, mail, optional, required, switched_on
from trial_edc.waking import ON_FILES, beat_schedule, transport_options

BASE_DIR = Path(__file__).resolve().parent.parent

EDC_ENVIRONMENT = environment()
PRODUCTION = EDC_ENVIRONMENT == "production"
DEMO = EDC_ENVIRONMENT == "demo"
TEST = EDC_ENVIRONMENT == "test"

SECRET_KEY = required("SECRET_KEY")
DEBUG = switched_on("DEBUG", default=False)
if PRODUCTION:
    required("SITE_HOSTS")
ALLOWED_HOSTS = listed("SITE_HOSTS", "localhost,127.0.0.1")
SITE_ADDRESS = required("SITE_ADDRESS") if PRODUCTION else optional("SITE_ADDRESS", "http://localhost:8000")

INSTALLED_APPS = [
    "trial_edc",
    *([] if PRODUCTION else ["rehearsal"]),  # makes the demonstration; a production image does not even hold it
    "desk",
    "api",
    "exports",
    "reports",
    "outcomes",
    "followup",
    "randomization",
    "eligibility",
    "casebook",
    "outbox",
    "accounts",
    "audit",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "trial_edc.sessions.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "trial_edc.uploads.LargestRequestMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "api.middleware.TokenMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "trial_edc.middleware.SessionEndsMiddleware",
    "trial_edc.middleware.ActorMiddleware",
    "trial_edc.middleware.KeptTextMiddleware",
    "desk.middleware.KeptFilterMiddleware",
]

ROOT_URLCONF = "trial_edc.urls"
WSGI_APPLICATION = "trial_edc.wsgi.application"
ASGI_APPLICATION = "trial_edc.asgi.application"

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
                "django.template.context_processors.i18n",
            ],
        },
    },
]

# ---- Database: `default` is the application role. `owner` migrates, and is absent from web and worker.
DATABASES = {"default": database("DATABASE_URL")}
if optional("OWNER_DATABASE_URL"):
    DATABASES["owner"] = database("OWNER_DATABASE_URL")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Lock-outs live in the cache, so it is the database's: they survive a wiped Redis and hold for every replica.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

# ---- Words and times
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# ---- Who is in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.HouseAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# A hospital stands behind one address: one person's wrong passwords must not lock out everybody.
# Right ones count as well for "login": a ward that comes on duty is sixty people in a minute, not three hundred.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/15m/key", "login": "60/m/ip"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# Roles (by code, such as "administrator", or "all") whose holders set up a second factor before anything else.
EDC_MFA_ROLES = listed("EDC_MFA_ROLES")
MFA_ADAPTER = "accounts.mfa.SecretKeeper"
MFA_TOTP_ISSUER = "EDC NCT05349331"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ALLAUTH_TRUSTED_PROXY_COUNT = int(optional("TRUSTED_PROXIES", "0"))
PASSWORD_RESET_TIMEOUT = 3600

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_HOURS = 12
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "trial_edc.middleware.of_unknown_origin"
CSRF_COOKIE_SAMESITE = "Lax"
IDLE_MINUTES = int(optional("IDLE_MINUTES", "15" if PRODUCTION else "480"))

# ---- Browser walls. HSTS, secure cookies and their prefix need https, so production alone has them.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if PRODUCTION:
    SECURE_SSL_REDIRECT = switched_on("SECURE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_REDIRECT_EXEMPT = [r"^health/$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    CSRF_TRUSTED_ORIGINS = [SITE_ADDRESS.rstrip("/")]
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_MEMORY_SIZE = 25 * 1024 * 1024
# A file comes with a little text around it. It never lies on a disk before it is cleaned, not for a moment.
LARGEST_REQUEST = FILE_UPLOAD_MAX_MEMORY_SIZE = MOST_BYTES + 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# ---- Static files
STATIC_URL = "static/"
STATIC_ROOT = Path(optional("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_BACKENDS = {
    "production": "whitenoise.storage.CompressedManifestStaticFilesStorage",
    "demo": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",  # compressing takes longer than all else
    "test": "django.contrib.staticfiles.storage.StaticFilesStorage",
}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": STATIC_BACKENDS[EDC_ENVIRONMENT]},
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = TEST  # tests collect nothing

# ---- Forms and the JSON face
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
REST_FRAMEWORK, SPECTACULAR_SETTINGS = framework.REST_FRAMEWORK, framework.SPECTACULAR_SETTINGS

# ---- Mails. The demonstration keeps them in the house, on a page.
DEFAULT_FROM_EMAIL = SERVER_EMAIL = optional("MAIL_FROM", "edc@localhost")
if PRODUCTION:
    globals().update(mail("EMAIL_URL"))
elif TEST and optional("TEST_EMAIL_URL"):
    globals().update(mail("TEST_EMAIL_URL"))
else:
    EMAIL_BACKEND = "outbox.mailbox.MailboxBackend"
EMAIL_TIMEOUT = 20
# Reminders of a day come as one mail, from this hour on at the person's first site; in the demonstration at once.
DIGEST_HOUR = int(optional("DIGEST_HOUR", "0" if DEMO else "8"))
DIGESTS_A_DAY = int(optional("DIGESTS_A_DAY", "100" if DEMO else "1"))

# ---- Queue: it only wakes up; PostgreSQL keeps what is due.
QUEUE_FOLDER = Path(optional("QUEUE_FOLDER", str(BASE_DIR / "var" / "queue")))
CELERY_BROKER_URL = optional("REDIS_URL", ON_FILES) if DEMO else required("REDIS_URL")
CELERY_BROKER_TRANSPORT_OPTIONS = transport_options(CELERY_BROKER_URL, QUEUE_FOLDER)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 900
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_BEAT_SCHEDULE = beat_schedule(demonstration=DEMO)

# ---- Ports: when a lower app has changed something, these functions of higher apps answer, in this order.
CASEBOOK_AFTER_CHANGE = ["eligibility.actions.rejudge", "followup.reactions.follow"]
CASEBOOK_JUDGES_LATER = "eligibility.tasks.rejudge_touched"  # whom changed reference data touch, where they are many
CASEBOOK_MAY_TRY_AGAIN = ["eligibility.rules.screening.may_follow_failure"]
CASEBOOK_IMPACT_OF = ["eligibility.impact.look", "followup.impact.look", "outcomes.impact.look"]
AUDIT_PROOFS = ["casebook.selectors.signature_proof.unbound_signatures"]
CASEBOOK_PAPER = "exports.casebook.paper_of"
CASEBOOK_MAY_LOCK = ["followup.rules.locking.hindrances_of"]
CASEBOOK_MAY_ENTER = ["followup.rules.entering.may_enter"]
RANDOMIZATION_AFTER_ALLOCATION = ["followup.actions.planning.plan_visits"]

# What the audit page asks of the casebook: which values are still blinded, and how subjects are called.
AUDIT_HIDDEN_ROWS = [f"{of}.hidden_rows" for of in ("casebook.selectors.sight", "casebook.selectors.files")]
AUDIT_HIDDEN_ROWS += ["eligibility.selectors.reviews.hidden_rows", "randomization.selectors.hidden_rows"]
AUDIT_SUBJECT_NUMBERS = "casebook.selectors.sight.subject_numbers"
AUDIT_SUBJECT_CALLED = "casebook.selectors.sight.subject_called"

# ---- Documents that are generated from code: the function returns what the file must say.
GENERATED_DOCUMENTS = {
    "docs/settings.md": "trial_edc.documents.settings_document",
    "docs/roles.md": "accounts.matrix.roles_markdown",
    "docs/assumptions.md": "protocol.documents.assumptions_markdown",
    "docs/dictionary.md": "protocol.documents.dictionary_markdown",
    "docs/states.md": "casebook.drawings.states_markdown",
}

# ---- Randomization: how many subjects are wanted, and beyond how many nobody is randomized (empty: no such limit).
ENROLMENT_TARGET = int(optional("ENROLMENT_TARGET", str(EXPECTED_SUBJECTS)))
ENROLMENT_CAP = int(optional("ENROLMENT_CAP", "0")) or None

# ---- Audit: seals leave the database to this folder; the key that signs them stands in a file.
OUTSIDE = BASE_DIR / "var" / ("test" if TEST else "")
SEAL_FOLDER = Path(optional("SEAL_FOLDER", str(OUTSIDE / "seals")))
SEAL_KEY_FILE = Path(optional("SEAL_KEY_FILE", str(OUTSIDE / "seal.key")))
# The key that opens the sealed allocation lists: never in the database, nor in its backups.
ALLOCATION_KEY_FILE = Path(optional("ALLOCATION_KEY_FILE", str(OUTSIDE / "allocation.key")))

# How far a demonstration was moved on in days; a test says where its own stands.
CLOCK_FILE = optional("CLOCK_FILE", str(BASE_DIR / "var" / "clock") if DEMO else "")

# ---- Log: for operators; a constant message and keys, one line each.
TOO_TALKATIVE = {name: {"level": "WARNING"} for name in ("weasyprint", "fontTools")}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "trial_edc.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": optional("LOG_LEVEL", "WARNING" if TEST else "INFO")},
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}, **TOO_TALKATIVE},
}
