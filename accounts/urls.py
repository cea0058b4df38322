"""The addresses of administration and of the language switch; what allauth offers and we do not is shut first."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path

from accounts.views import delegations, filters, language, site_people, sites, users


@login_not_required
def shut(request: HttpRequest, **_: str) -> HttpResponse:
    """Answer that there is nothing here: an administrator adds people, and an e-mail address is no preference."""
    raise Http404


urlpatterns = [
    path("language/", language.choose_language, name="set_language"),
    path("accounts/signup/", shut),
    path("accounts/email/", shut),
    path("accounts/confirm-email/", shut),
    path("accounts/confirm-email/<str:key>/", shut),
    path("accounts/login/code/confirm/", shut),
    path("filters/save/", filters.filter_save, name="filter-save"),
    path("filters/<uuid:filter_id>/forget/", filters.filter_forget, name="filter-forget"),
    path("administration/", users.administration, name="administration"),
    path("administration/users/add/", users.add_user, name="user-add"),
    path("administration/users/<uuid:user_id>/", users.user, name="user"),
    path("administration/users/<uuid:user_id>/deactivate/", users.deactivate, name="user-deactivate"),
    path("administration/users/<uuid:user_id>/reactivate/", users.reactivate, name="user-reactivate"),
    path("administration/users/<uuid:user_id>/sessions/end/", users.end_sessions, name="user-sessions-end"),
    path("administration/users/<uuid:user_id>/invite/", users.invite, name="user-invite"),
    path("administration/users/<uuid:user_id>/roles/", users.give_grant, name="grant-give"),
    path("administration/users/<uuid:user_id>/trainings/", users.record_training, name="training-record"),
    path("administration/roles/<uuid:grant_id>/end/", users.end_grant, name="grant-end"),
    path("administration/sites/", sites.sites, name="sites"),
    path("administration/sites/add/", sites.add_site, name="site-add"),
    path("administration/sites/<slug:code>/", sites.site, name="site"),
    path("administration/sites/<slug:code>/change/", sites.change_site, name="site-change"),
    path("administration/sites/<slug:code>/protocol/", sites.set_protocol, name="site-protocol"),
    path("administration/sites/<slug:code>/delegations/", delegations.delegations, name="delegations"),
    path("administration/sites/<slug:code>/people/", site_people.people, name="site-people"),
    path("administration/sites/<slug:code>/people.csv", site_people.people_csv, name="site-people-csv"),
    path("administration/sites/<slug:code>/access-review/", site_people.access_review, name="access-review"),
    path("administration/delegations/<uuid:delegation_id>/end/", delegations.end_delegation, name="delegation-end"),
]
