"""The check-up: point it at a decoder of your own, and it says what holds and what does not.

It is a test and no proof: it tries a few inputs, and a fault that they do not touch stays
unseen. `python -m decoderbook.checkup your_module:YourDecoder` prints the report.
"""
