"""What maintainers run: notebooks, their canonical form, the derived addresses, a server."""
