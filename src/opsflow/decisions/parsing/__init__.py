"""From the elements of a DMN file to its requirements graph."""

from opsflow.decisions.parsing.graph import Linked, read_graph

__all__ = ["Linked", "read_graph"]
