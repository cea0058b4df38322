"""The web server's entry."""

import os

from django.core.wsgi import get_wsgi_application

from trial_edc.startup import check_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trial_edc.settings")

application = get_wsgi_application()
check_start()
