"""Text to ids and back, and readers' own files of sentence pairs."""
