"""The addresses of the desk."""

from django.urls import path

from desk.views import as_of, casebook, frame, history, home, subjects

urlpatterns = [
    path("", home.home, name="home"),
    path("subjects/", subjects.subjects, name="subjects"),
    path("subjects/subjects.csv", subjects.subjects_csv, name="subjects-csv"),
    path("subjects/add/", subjects.subject_add, name="subject-add"),
    path("subjects/jump/", frame.subject_jump, name="subject-jump"),
    path("subjects/<uuid:subject_id>/", casebook.casebook, name="casebook"),
    path("subjects/<uuid:subject_id>/history/", history.history, name="subject-history"),
    path("subjects/<uuid:subject_id>/history/history.csv", history.history_csv, name="subject-history-csv"),
    path("subjects/<uuid:subject_id>/as-of/", as_of.as_of, name="casebook-as-of"),
    path("site/", frame.site_switch, name="site-switch"),
]
