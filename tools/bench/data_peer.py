"""Loads an image folder as training scripts for PyTorch do (Pillow, torchvision's transforms, a DataLoader): what `fracbits bench data` is compared with.

Batches are bytes; normalisation is left to the network on both sides. Prints one JSON object.
"""
import argparse
import json
import time

import torch
import torchvision
from torchvision import transforms


def images_per_second(loader):
    start, images = time.perf_counter(), 0
    for pixels, _ in loader:
        images += len(pixels)
    return images / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    side = options.image_size
    kinds = {
        "train": [transforms.RandomResizedCrop(side), transforms.RandomHorizontalFlip(), transforms.PILToTensor()],
        "val": [transforms.Resize(int(side / 0.875)), transforms.CenterCrop(side), transforms.PILToTensor()],
    }
    rates = {}
    for split, steps in kinds.items():
        folder = torchvision.datasets.ImageFolder(f"{options.data}/{split}", transforms.Compose(steps))
        loader = torch.utils.data.DataLoader(
            folder, batch_size=options.batch_size, shuffle=split == "train", num_workers=options.workers,
            drop_last=split == "train", persistent_workers=options.workers > 0,
        )
        images_per_second(loader)
        rates[split] = sorted(images_per_second(loader) for _ in range(options.epochs))
    spread = {name: {"min": values[0], "median": values[len(values) // 2], "max": values[-1]} for name, values in rates.items()}
    print(json.dumps({
        "type": "bench-data", "trainImagesPerSecond": spread["train"], "validationImagesPerSecond": spread["val"],
        "workers": options.workers, "torch": torch.__version__, "torchvision": torchvision.__version__,
    }))


main()
