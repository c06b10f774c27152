"""How fast a model trains and writes, beside other ways to do the same."""
