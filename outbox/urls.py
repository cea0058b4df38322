"""The addresses of the outbox."""

from django.urls import path

from outbox import views

urlpatterns = [path("mailbox/", views.mailbox, name="mailbox")]
