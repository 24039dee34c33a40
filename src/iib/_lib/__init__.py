"""Small general-purpose nouns without any knowledge of this program."""
