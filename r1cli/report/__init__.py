"""`r1 report`: what a store holds as one page that opens from disk, and as pictures for a paper.

What belongs together, and what may be said of it, is worked out in r1cli.results; here it is drawn.
"""
