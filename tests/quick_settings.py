"""The product's settings, for the programs that tests start: they hash and tidy up as the tests do."""

import gc

from tests import passwords  # noqa: F401 -- importing it is what makes them quick
from trial_edc.settings import *  # noqa: F403 -- all of them, and nothing else

# As in conftest: what is imported stays, and need not be gone through again and again.
gc.set_threshold(20_000, 50, 50)
