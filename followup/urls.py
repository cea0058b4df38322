"""The addresses of follow-up."""

from django.urls import path

from followup.views import lists, recording, subject

urlpatterns = [
    path("visits/", lists.visits, name="visits"),
    path("visits/visits.csv", lists.visits_csv, name="visits-csv"),
    path("visits/calendar/", lists.calendar, name="visit-calendar"),
    path("visits/overdue/", lists.overdue, name="visit-overdue"),
    path("visits/<uuid:visit_id>/attendance/", recording.attendance, name="visit-attendance"),
    path("visits/<uuid:visit_id>/missed/", recording.missed, name="visit-missed"),
    path("visits/<uuid:visit_id>/correction/", recording.correction, name="visit-correction"),
    path("subjects/<uuid:subject_id>/visits/", subject.subject_visits, name="subject-visits"),
    path("subjects/<uuid:subject_id>/visits/unscheduled/", recording.unscheduled, name="visit-unscheduled"),
]
