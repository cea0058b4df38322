"""The addresses of safety."""

from django.urls import path

from followup.views import safety, safety_lists

urlpatterns = [
    path("safety/", safety.safety, name="safety"),
    path("safety/events/", safety_lists.events, name="safety-events"),
    path("safety/events.csv", safety_lists.events_csv, name="safety-events-csv"),
    path("safety/deviations/", safety_lists.deviations, name="safety-deviations"),
    path("safety/deviations.csv", safety_lists.deviations_csv, name="safety-deviations-csv"),
    path("safety/deviations/<uuid:deviation_id>/", safety_lists.deviation, name="safety-deviation"),
    path("safety/signs/<uuid:sign_id>/", safety.sign, name="safety-sign"),
]
