"""nbgrader 0.9.6's own tests of its commands, from its wheel, with the course's configuration: what stock nbgrader does for an
assignment that is no day of the course, it does here."""
# ruff: noqa: F403 - the tests, and the fixtures that stand beside them

import pytest
from nbgrader.tests.apps.test_nbgrader_autograde import *
from nbgrader.tests.apps.test_nbgrader_collect import *
from nbgrader.tests.apps.test_nbgrader_db import *
from nbgrader.tests.apps.test_nbgrader_export import *
from nbgrader.tests.apps.test_nbgrader_generate_assignment import *
from nbgrader.tests.apps.test_nbgrader_generate_feedback import *
from nbgrader.tests.apps.test_nbgrader_releasefeedback import *
from nbgrader.tests.apps.test_nbgrader_zip_collect import *

pytestmark = pytest.mark.filterwarnings("ignore")
