"""A course: the folder with nbgrader's configuration, and what it says lies where."""

import glob
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config, PyFileConfigLoader

CONFIGURATION = "nbgrader_config.py"


class CourseError(Exception):
    """Something that the person at the keyboard can put right; the text says how."""


@dataclass(frozen=True)
class Course:
    """The folders and the gradebook of one course.

    Args:
        root: the folder that holds `nbgrader_config.py`.
        config: what that file says.
    """

    root: Path
    config: Config

    @classmethod
    def open(cls, path: Path | None = None) -> "Course":
        """Open the course in `path`, or the one that the working directory is in.

        Args:
            path: the folder with `nbgrader_config.py`. Without it the folders from
                the working directory upwards are tried, each with its `autograder/`,
                and at last the folder of this package.

        Raises:
            CourseError: there is no course there, or its configuration is broken.
        """
        root = find_course() if path is None else Path(path)
        if not (root / CONFIGURATION).is_file():
            raise CourseError(
                f"{root} is not a course: it holds no {CONFIGURATION}. "
                "Name the folder that does with --course."
            )
        root = root.resolve()
        if glob.escape(str(root)) != str(root):
            raise CourseError(
                f"nbgrader cannot work in {root}: move the course to a folder without "
                "*, ? and [ in its path."
            )
        try:
            config = PyFileConfigLoader(CONFIGURATION, path=str(root)).load_config()
        except Exception as error:
            raise CourseError(
                f"{root / CONFIGURATION} cannot be read: "
                f"{type(error).__name__}: {error}"
            ) from error
        config.CourseDirectory.setdefault("root", str(root))
        return cls(root, config)

    def directory(self, **settings: str) -> CourseDirectory:
        """Give nbgrader's view of the course, with some `settings` replaced."""
        return CourseDirectory(config=self.config, **settings)

    def folder(self, step: str, assignment: str = "", student: str = ".") -> Path:
        """Name a folder of the course.

        Args:
            step: `source`, `release`, `submitted`, `autograded` or `feedback`.
            assignment: the assignment; without it, the folder above all of them.
            student: whose; the source and the release belong to nobody.
        """
        directory = self.directory()
        name = getattr(directory, f"{step}_directory")
        path = directory.format_path(name, student, assignment)
        return Path(path).resolve()

    @contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """Open the gradebook.

        Raises:
            CourseError: there is none yet, or it cannot be read.
        """
        directory = self.directory()
        sqlite = "sqlite:///"
        path = Path(directory.db_url.removeprefix(sqlite))
        if directory.db_url.startswith(sqlite) and not path.exists():
            raise CourseError(
                f"there is no gradebook {path} yet: "
                "`autograder release ASSIGNMENT` makes it."
            )
        try:
            with Gradebook(directory.db_url, directory.course_id) as gradebook:
                yield gradebook
        except SQLAlchemyError as error:
            raise CourseError(
                f"the gradebook {directory.db_url} cannot be used: "
                f"{str(error).splitlines()[0]}. Take it back from a backup, or move it "
                "away and release and grade again."
            ) from error

    @property
    def log(self) -> Path:
        """Where nbgrader's own messages go."""
        return self.root / ".nbgrader.log"

    def assignments(self) -> list[str]:
        """List the assignments that have a source."""
        source = self.folder("source")
        return sorted(
            path.parent.name
            for path in source.glob("*/*.md")
            if path.stem == path.parent.name
        )

    def require_assignment(self, name: str) -> None:
        """Raise a `CourseError` unless the course has an assignment of that name."""
        known = self.assignments()
        if name not in known:
            raise CourseError(
                f"there is no assignment {name!r} in {self.folder('source')}. "
                + (f"Known are: {', '.join(known)}." if known else "It holds none.")
            )


def find_course() -> Path:
    """Find the course from the working directory upwards, or beside this package."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        for candidate in (folder, folder / "autograder"):
            if (candidate / CONFIGURATION).is_file():
                return candidate
    return Path(__file__).resolve().parent


def nbgrader_log(course: Course) -> tuple[logging.Logger, "LastError"]:
    """Make a logger for nbgrader's converters.

    Returns:
        The logger, which writes to the course's log file and not to the terminal, and
        a handler that remembers why the last conversion failed.
    """
    log = logging.getLogger(f"autograder.nbgrader.{course.root}")
    for handler in list(log.handlers):
        log.removeHandler(handler)
        handler.close()
    log.setLevel(logging.INFO)
    log.propagate = False
    to_file = logging.FileHandler(course.log, encoding="utf-8", delay=True)
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    last_error = LastError()
    log.addHandler(to_file)
    log.addHandler(last_error)
    return log, last_error


class LastError(logging.Handler):
    """Remembers the reason in the first traceback that nbgrader logs.

    nbgrader reports every failure with the same exception; what went wrong is only in
    the log, as the last line of a traceback.
    """

    def __init__(self):
        super().__init__(logging.ERROR)
        self.reason = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the reason, if this record holds the first one."""
        text = record.getMessage().strip()
        if not self.reason and text.startswith("Traceback"):
            self.reason = text.splitlines()[-1]
