"""What work costs: shapes of models, devices, memory, time. Formulas without torch, for r1cli.bill to apply."""
