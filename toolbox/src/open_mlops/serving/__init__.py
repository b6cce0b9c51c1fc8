"""The model server: MLServer with less work for each request, and a log of what was asked and answered.

    python -m open_mlops.serving <folder of models>

Runs in the serving environment, in the lab and in the serving image alike.
"""
