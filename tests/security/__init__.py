"""An attack on what an audience can open, and the proof that there is nothing in it."""

import os

# Small systems by the thousand: threads would wait for each other. Read by numpy.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
