"""`r1 report`: what a store holds as one page that opens from disk, and as pictures for a paper.

lineage.py       which results belong together: one recipe with several seeds, cells of a sweep
scores.py        evaluations, averaged over seeds
curves.py        what training logged, stage after stage on one axis
graph.py         the recipe as it was run: nodes, edges, cost
transcripts.py   the same problem answered by every model
rejection.py     what each filter of rejection sampling removed
origin.py        every value of the run beside the paper's
findings.py      what the numbers say, in words: the headings of the page
charts.py        each chart once, as Vega-Lite; drawn in the page by Vega and in files by vl-convert
page.py          the page, from assets/ and the above
"""
