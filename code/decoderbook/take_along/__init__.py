"""The course to take along, made from the built site: a folder in a zip, PDFs, an EPUB."""
