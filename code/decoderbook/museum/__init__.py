"""The museum of real bugs: mistakes that were published, or asked about in public, rebuilt in a
few lines, and what finds them.

An exhibit is one name of the package replaced by a wrong twin, and nothing else. So whatever a
detector says of it is said of that one line. The docstrings of the twins say what the code is
meant to do; what it does is for the visitor to find out.
"""
