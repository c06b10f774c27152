"""The course's own English–Kannada sentences: words, grammar, generator, gold alignment."""
