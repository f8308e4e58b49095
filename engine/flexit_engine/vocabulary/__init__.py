"""What texts in six languages mean to the embedded networks, whose vocabulary is closed.

Needs the standard library only; the words are in one file, made by `scripts/make_vocabulary.py`.
"""

from flexit_engine.vocabulary.meaning import Meaning
from flexit_engine.vocabulary.vocabulary import Vocabulary

__all__ = ["Meaning", "Vocabulary"]
