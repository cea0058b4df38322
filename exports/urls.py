"""The addresses of exports."""

from django.urls import path

from exports import views

urlpatterns = [
    path("exports/", views.exports, name="exports"),
    path("exports/tables/<slug:crf>.csv", views.table, name="export-table"),
    path("exports/trial/", views.trial_ask, name="export-trial"),
    path("exports/casebook/", views.casebook_ask_by_number, name="export-casebook"),
    path("subjects/<uuid:subject_id>/casebook/paper/", views.casebook_ask, name="casebook-paper"),
    path("downloads/", views.downloads, name="downloads"),
    path("downloads/<uuid:download_id>/", views.download, name="download"),
]
