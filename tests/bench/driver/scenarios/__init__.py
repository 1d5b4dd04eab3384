"""One module for each table of the report; each has NAME, TITLE, run(bench) and, where subjects are compared,
RATIO, which says how."""
from . import backlog, costs, end_to_end, footprint, ingest, isolation, kills, latency, plugins, routes, steady

ALL = [ingest, end_to_end, latency, isolation, routes, backlog, footprint, steady, costs, plugins, kills]
