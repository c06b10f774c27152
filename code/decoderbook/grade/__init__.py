"""Grade a folder of submissions: `python -m decoderbook.grade week-2/submissions`."""
