"""nbgrader's settings for this course.

Read by the command `autograder`, and by plain `nbgrader` and Jupyter's formgrader
when they are started in this folder. A course elsewhere takes a copy of this file:
what is read and written is named relative to the folder that it lies in.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 (nbgrader defines it)

c.CourseDirectory.course_id = "multimodal-llms"
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.source_directory = os.path.join("..", "solutions")
c.CourseDirectory.release_directory = os.path.join("..", "exercises")
c.CourseDirectory.submitted_directory = "submitted"
c.CourseDirectory.autograded_directory = "autograded"
c.CourseDirectory.feedback_directory = "feedback"

# The sources are text with the solutions in it: never copied to students.
c.CourseDirectory.ignore = [
    "*.md",
    ".ipynb_checkpoints",
    "*.pyc",
    "__pycache__",
    "feedback",
]

# Seconds for one cell. The notebooks need a few; a busy machine needs more.
c.Execute.timeout = 120

# Kernels listen on this machine only, and need not warn that they don't encrypt.
c.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]

# nbgrader starts `alembic` by its bare name when it creates a gradebook, also where
# this environment isn't activated.
_commands = os.path.dirname(sys.executable)
if _commands not in os.environ.get("PATH", "").split(os.pathsep):
    os.environ["PATH"] = _commands + os.pathsep + os.environ.get("PATH", "")
