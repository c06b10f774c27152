"""The trained translator for a page: its weights as the page's script reads them, and
runs recorded beforehand.

The one room of the book that knows the model; `site/static/decoder/` is its other half.
"""
