"""Draws the results of `calling.py`, where matplotlib is installed."""

from __future__ import annotations

import json

from reporting import RESULTS

COLORS = {
    "make_trainable": "#b0b0b0",
    "tf.function": "#7a9cc6",
    "JAX": "#c69c7a",
    "ConcreteFunction": "#8fbf8f",
    "tfp-trainables": "#1f3f77",
}
LABELS = {
    "make_trainable": "make_trainable, operation by operation",
    "tf.function": "make_trainable in the user's tf.function(jit_compile=True)",
    "JAX": "TFP on JAX under jax.jit",
    "ConcreteFunction": "a bare ConcreteFunction: the floor",
    "tfp-trainables": "tfp-trainables",
}


def main() -> None:
    try:
        from matplotlib import pyplot as plt
    except ImportError:
        print("No plot: matplotlib is not installed (pip install '.[bench]').")
        return
    document = json.loads((RESULTS / "calling.json").read_text())
    results, environment = document["results"], document["environment"]
    peers = [peer for peer in COLORS if any(peer in it["microseconds"] for it in results.values())]
    height = 0.8 / len(peers)
    plt.rcParams["svg.hashsalt"] = "calling"  # The same results draw the same file.
    figure, axes = plt.subplots(figsize=(9, 1.5 + 0.8 * len(results)), layout="constrained")
    for place, peer in enumerate(peers):
        rows = [
            (row, it["microseconds"][peer])
            for row, it in enumerate(results.values())
            if peer in it["microseconds"]
        ]
        medians = [spread["median"] for _, spread in rows]
        errors = [
            [spread["median"] - spread["low"] for _, spread in rows],
            [spread["high"] - spread["median"] for _, spread in rows],
        ]
        axes.barh(
            [row + (place - (len(peers) - 1) / 2) * height for row, _ in rows],
            medians,
            height,
            xerr=errors,
            color=COLORS[peer],
            label=LABELS[peer],
            error_kw={"elinewidth": 0.8},
        )
    axes.set_xscale("log")
    axes.set_xlabel("microseconds per call: median and quartiles, less is better")
    axes.set_yticks(range(len(results)), list(results))
    axes.invert_yaxis()
    figure.legend(loc="outside lower center", ncols=2, fontsize="small", frameon=False)
    versions = ", ".join(f"{name} {value}" for name, value in environment.items())
    axes.set_title(versions.replace("machine ", ""), fontsize="small")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.savefig(RESULTS / "calling.svg", metadata={"Date": None})
    print(f"Drew {RESULTS.name}/calling.svg.")


if __name__ == "__main__":
    main()
