"""Deployments in a cluster, whichever component serves them: versions side by side, and their routes."""
