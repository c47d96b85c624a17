"""nbgrader 0.9.6's own tests of its commands, from its wheel, with the course's configuration: what stock nbgrader does for an
assignment that is no day of the course, it does here."""

import pytest
from nbgrader.tests.apps.test_nbgrader_autograde import TestNbGraderAutograde
from nbgrader.tests.apps.test_nbgrader_collect import TestNbGraderCollect
from nbgrader.tests.apps.test_nbgrader_db import TestNbGraderDb
from nbgrader.tests.apps.test_nbgrader_export import TestNbGraderExport
from nbgrader.tests.apps.test_nbgrader_generate_assignment import TestNbGraderGenerateAssignment
from nbgrader.tests.apps.test_nbgrader_generate_feedback import TestNbGraderFeedback
from nbgrader.tests.apps.test_nbgrader_releasefeedback import TestNbGraderReleaseFeedback
from nbgrader.tests.apps.test_nbgrader_zip_collect import TestNbGraderZipCollect

pytestmark = pytest.mark.filterwarnings("ignore")
__all__ = [name for name in dir() if name.startswith("Test")]
