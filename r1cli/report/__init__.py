"""`r1 report`: what a store holds as one page that opens from disk, and as pictures for a paper.

What belongs together, and what may be said of it, is worked out in r1cli.results; here it is drawn.

contents.py      all that a report shows, gathered once
curves.py        what training logged, stage after stage on one axis
graph.py         the recipe as it was run: steps, edges, cost
transcripts.py   the same problem answered by every model
rejection.py     what each filter of rejection sampling removed
provenance.py    every value of the run beside the paper's
findings.py      what the numbers say, in words: the headings of the page
charts.py        each chart once, as Vega-Lite, from the parts in vega.py and colours.py
page.py          the page, from assets/ and the above
figures.py       the charts as files
"""
