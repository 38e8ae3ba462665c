"""What other services know of the directory: who has an extension, who is behind a number."""

from cti_directory.copy import DirectoryCopy
from cti_directory.owners import UserOf, by_settings, owners_of
from cti_directory.questions import USERS, Questions, colleagues

__all__ = ["USERS", "DirectoryCopy", "Questions", "UserOf", "by_settings", "colleagues", "owners_of"]
