#!/usr/bin/env python3
"""Draws docs/benchmarks.json: the tables between the marks of docs/benchmarks.md, and docs/benchmarks.svg.

Usage: benchmarks/trainer/report.py    in the virtual environment compare.py makes, for matplotlib.
"""
import json
import pathlib
import statistics

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NAMES = {
    "ours": "nomad-ml", "fused": "torch, slices, fused Adam", "slices": "torch, slices", "loader": "torch, DataLoader",
    "compile": "torch.compile", "lightning": "Lightning"}


def spread(values, digits=0):
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:,.{digits}f} ({low:,.{digits}f}–{high:,.{digits}f})"


def grouped(results):
    groups = {}
    for row in results:
        groups.setdefault((row["case"], row["threads"]), {}).setdefault(row["variant"], []).append(row)
    return groups


def ratios(rows, others):
    """Speeds over those of the same repetition, which ran next to them: what slows the machine for a while slows both."""
    peers = {row["repetition"]: row["samples_per_second"] for row in others}
    return [row["samples_per_second"] / peers[row["repetition"]] for row in rows]


def table(results):
    lines = [
        "| network, batch, threads | by | images/s | nomad-ml over it | wall s | CPU s | peak MiB |",
        "|---|---|---|---|---|---|---|"]
    for (case, threads), variants in grouped(results).items():
        for variant, rows in variants.items():
            speed = [row["samples_per_second"] for row in rows]
            lines.append("| " + " | ".join([
                f"{case.rsplit('-', 1)[0]} {case.rsplit('-', 1)[1]}, {threads}", NAMES[variant], spread(speed),
                "" if variant == "ours" else spread(ratios(variants["ours"], rows), 2),
                spread([row["wall_seconds"] for row in rows], 1), spread([row["cpu_seconds"] for row in rows], 1),
                spread([row["peak_mib"] for row in rows])]) + " |")
    return "\n".join(lines)


def plot(results, file):
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "nomad-ml"
    from matplotlib import pyplot

    groups = grouped(results)
    figure, axes = pyplot.subplots(figsize=(10, 0.9 + 0.55 * len(groups)))
    names = [name for name in NAMES if any(name in variants for variants in groups.values())]
    height = 0.8 / len(names)
    for place, variants in enumerate(groups.values()):
        for number, name in enumerate(names):
            if name in variants:
                found = ratios(variants[name], variants["fused"])
                middle = statistics.median(found)
                axes.barh(place + number * height, middle, height, color=f"C{number}", label=NAMES[name] if place == 0 else None,
                          xerr=[[middle - min(found)], [max(found) - middle]], error_kw={"elinewidth": 0.7})
    axes.axvline(1, color="black", linewidth=0.7)
    axes.set_yticks([place + 0.4 for place in range(len(groups))], [f"{case}, {threads} thread{'s' * (threads > 1)}" for case, threads in groups])
    axes.invert_yaxis()
    axes.set_xlabel("images a second, over those of torch with slices and the fused Adam in the same repetition (medians, from the least to the most)")
    axes.legend(loc="lower right", fontsize="small")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})


def main():
    results = json.loads((ROOT / "docs/benchmarks.json").read_text())
    page = ROOT / "docs/benchmarks.md"
    start, end = "<!-- throughput -->\n", "<!-- end -->"
    text = page.read_text()
    before, rest = text.split(start, 1)
    page.write_text(before + start + table(results) + "\n" + rest[rest.index(end):])
    plot(results, ROOT / "docs/benchmarks.svg")


if __name__ == "__main__":
    main()
