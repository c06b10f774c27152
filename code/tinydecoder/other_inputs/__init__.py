"""The same decoder on other inputs: numbers over time, pictures, questions about facts."""
