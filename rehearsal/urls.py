"""The addresses of a demonstration; production does not mount them."""

from django.urls import path

from rehearsal import views

urlpatterns = [path("days-pass/", views.days_pass, name="days-pass")]
