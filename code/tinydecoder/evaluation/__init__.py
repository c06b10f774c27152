"""How good a model is: scores, accuracy by position, alignment."""
