"""The address of the audit page."""

from django.urls import path

from audit import views

urlpatterns = [path("audit/", views.events, name="audit-events")]
