"""Makes token ids of texts exactly as the trainer does."""

import unicodedata

import numpy as np

PADDING = 0
UNKNOWN = 1


def encode(texts, vocabulary, sequence_length, lower_case=True, tokens="words"):
    """An array (texts, sequence length) of the first ids of each text, with PADDING after its end."""
    ids = {word: place for place, word in enumerate(vocabulary) if place > UNKNOWN}
    encoded = np.full((len(texts), sequence_length), PADDING, np.int64)
    for row, text in enumerate(texts):
        if tokens == "bytes":
            # A lone surrogate is no character; the trainer writes a question mark for it.
            found = [byte + 1 for byte in text.encode("utf-8", "replace")[:sequence_length]]
        else:
            found = [ids.get(word, UNKNOWN) for word in words(text, lower_case)[:sequence_length]]
        encoded[row, : len(found)] = found
    return encoded


def words(text, lower_case):
    """Runs of letters, marks, numbers and underscores; each punctuation mark or symbol by itself."""
    found = []
    word = ""
    for character in text:
        kind = unicodedata.category(character)[0]
        if kind in "LMN" or character == "_":
            word += character.lower() if lower_case else character
            continue
        if word:
            found.append(word)
            word = ""
        if kind in "PS":
            found.append(character)
    return found + [word] if word else found
