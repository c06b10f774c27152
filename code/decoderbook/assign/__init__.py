"""Assign chapters: `python -m decoderbook.assign 05 06 --out week-2` makes what is handed out."""
