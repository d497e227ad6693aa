"""Second phase: from a public class and the supplements to its `ClassSpec`.

The only phase, with the probe, that touches TFP's objects. What it cannot express it reports, with
the class and the parameter that it was reading.
"""
