"""How a recipe is run: the graph, fingerprints, the plan, execution, processes, hardware."""
