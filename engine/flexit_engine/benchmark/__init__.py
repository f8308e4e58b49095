"""The paper's evaluation protocol: queries within clusters, methods side by side, one report."""
