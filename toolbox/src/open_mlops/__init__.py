"""What code on the Open MLOps Blueprint imports."""
