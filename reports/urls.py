"""The addresses of reports."""

from django.urls import path

from reports import views

urlpatterns = [
    path("reports/", views.reports, name="reports"),
    path("reports/flow/people/<slug:box>/", views.report_people, name="report-people"),
    path("reports/subjects/<uuid:subject_id>/", views.subject_endpoints, name="subject-endpoints"),
    path("reports/<slug:which>.pdf", views.report_pdf, name="report-pdf"),
    path("reports/<slug:which>.csv", views.report_csv, name="report-csv"),
    path("reports/<slug:which>/", views.report, name="report"),
]
