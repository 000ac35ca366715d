"""How fast the product is now, against what the plan promises: sampled, plotted for administrators."""
