"""Settings that all tests share."""

import os

import hypothesis

# Before TensorFlow is imported: its greetings would drown the reports.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

hypothesis.settings.register_profile(
    "default", deadline=None, max_examples=5, derandomize=bool(os.environ.get("CI"))
)
hypothesis.settings.load_profile("default")
