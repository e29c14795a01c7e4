"""Networks: the graph as a document, its shapes, what would mend it, the module it builds, its code."""
