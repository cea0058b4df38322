"""The addresses of the desk."""

from django.urls import path

from desk.views import casebook, frame, home, subjects

urlpatterns = [
    path("", home.home, name="home"),
    path("subjects/", subjects.subjects, name="subjects"),
    path("subjects/subjects.csv", subjects.subjects_csv, name="subjects-csv"),
    path("subjects/add/", subjects.subject_add, name="subject-add"),
    path("subjects/jump/", frame.subject_jump, name="subject-jump"),
    path("subjects/<uuid:subject_id>/", casebook.casebook, name="casebook"),
    path("queries/", casebook.queries, name="queries"),
    path("site/", frame.site_switch, name="site-switch"),
]
