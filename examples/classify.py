"""Runs an exported model on a folder of images: python examples/classify.py MODEL.onnx FOLDER

Needs onnxruntime and numpy. Takes binary PGM and PPM files of the model's size (P5, P6), which every image program writes
(`convert photo.png -resize 28x28! photo.pgm`); for other files put a decoder such as Pillow's in place of `read_pixels`.
"""

import json
import re
import sys
from pathlib import Path

import numpy
import onnxruntime


def read_pixels(file: Path) -> numpy.ndarray:
    """Pixels of a binary PGM or PPM file as [height, width, channels], 0 to 255."""
    data = file.read_bytes()
    header = re.match(rb"P([56])\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)\s+255\s", data[:512])
    if header is None:
        raise ValueError(f"{file} is not a binary PGM or PPM file with 8 bits a channel")
    channels = 1 if header[1] == b"5" else 3
    width, height = int(header[2]), int(header[3])
    pixels = numpy.frombuffer(data, numpy.uint8, height * width * channels, header.end())
    return pixels.reshape(height, width, channels)


def main(model_file: str, folder: str) -> None:
    session = onnxruntime.InferenceSession(model_file, providers=["CPUExecutionProvider"])
    # What the file says about itself: its input size and the names of its classes.
    manifest = json.loads(session.get_modelmeta().custom_metadata_map["fracbits_manifest"])
    names = manifest["classNames"]
    for file in sorted(Path(folder).iterdir()):
        if file.suffix.lower() not in (".pgm", ".ppm"):
            continue
        image = read_pixels(file)
        if list(image.shape) != manifest["input"]:
            raise ValueError(f"{file.name} is {image.shape}, the model takes {manifest['input']}")
        # The pixels go in as they are; normalisation is part of the model.
        (logits,) = session.run(["logits"], {"images": image[numpy.newaxis]})
        scores = numpy.exp(logits[0] - logits[0].max())
        best = int(scores.argmax())
        print(f"{file.name}\t{names[best] if best < len(names) else best}\t{100 / scores.sum():.1f} %")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python classify.py MODEL.onnx FOLDER")
    main(sys.argv[1], sys.argv[2])
