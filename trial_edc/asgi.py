"""The web server's entry for an asynchronous server."""

import os

from django.core.asgi import get_asgi_application

from trial_edc.startup import check_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trial_edc.settings")

application = get_asgi_application()
check_start()
