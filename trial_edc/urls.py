"""The addresses: each app names its own; here stands only which apps are mounted."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from trial_edc.health import health

APPS = ("desk", "casebook", "eligibility", "audit", "accounts", "outbox", "rehearsal")


def _there(app: str) -> bool:
    """TEMPORARY while the apps are being written."""
    try:
        return find_spec(f"{app}.urls") is not None
    except ModuleNotFoundError:
        return False


urlpatterns: list[URLPattern | URLResolver] = [path("", include(f"{app}.urls")) for app in APPS if _there(app)]
urlpatterns += [path("accounts/", include("allauth.urls")), path("health/", health, name="health")]
