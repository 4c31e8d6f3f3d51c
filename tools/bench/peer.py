"""Training steps of FracBits in plain PyTorch, eager, on random images: what `fracbits bench step` is compared with.

The method and the networks are restated with torch and torchvision (1.9 / 0.10 or newer), as a user of PyTorch would write them: autograd functions
for the integer quantizers, two of them mixed for a fractional width. Prints one JSON object.
"""
import argparse
import json
import resource
import sys
import time
import types

import torch
import torchvision
from torch import nn

INITIAL_BITS, LOWEST_BITS, HIGHEST_BITS = 8.0, 4.0, 12.0
START_BITS = 7.6
ALPHA, TARGET_RATE = 40.0, 1.5
SHIPPED = {
    "mobilenet_v2": (224, 1000, False),
    "mobilenet_v2_32x32": (32, 100, True),
    "resnet50": (224, 1000, False),
    "inception_v3": (299, 1000, False),
}


class IntegerQuantize(torch.autograd.Function):
    """Fake quantization to one grid; gradients of x, of the low end and of the range."""

    @staticmethod
    def forward(ctx, x, low, size, level_low, level_high):
        scale = (level_high - level_low) / size
        zero = torch.round(-low * scale)
        clamped = torch.max(torch.min(x, low + size), low)
        y = torch.round((clamped - low) * scale - zero) / scale
        ctx.save_for_backward(x, y, low, size)
        ctx.below = level_low / level_high
        return y

    @staticmethod
    def backward(ctx, gradient):
        x, y, low, size = ctx.saved_tensors
        above, below = (x > low + size).to(x.dtype), (x < low).to(x.dtype)
        inside = 1 - above - below
        through = gradient * inside
        of_size = gradient * (inside * (y - x) / size + above + below * ctx.below)
        return through, reduce_to(gradient - through, low), reduce_to(of_size, size), None, None


def reduce_to(value, like):
    if like.numel() == 1:
        return value.sum().reshape(like.shape)
    return value.sum(dim=[i for i, length in enumerate(like.shape) if length == 1], keepdim=True)


class Quantizer(nn.Module):
    """Learned range and bit-width. `shape` broadcasts over what is quantized."""

    def __init__(self, shape, asymmetric, signed, elements=0):
        super().__init__()
        self.asymmetric, self.signed, self.elements = asymmetric, signed, elements
        self.size = nn.Parameter(torch.ones(shape))
        self.low = nn.Parameter(torch.zeros(shape)) if asymmetric else None
        self.bits = nn.Parameter(torch.tensor(START_BITS))
        self.ready = False

    def prepare(self, x):
        dims = [i for i, length in enumerate(self.size.shape) if length == 1] if self.size.numel() > 1 else list(range(x.dim()))
        high, low = x.detach().amax(dims).reshape(self.size.shape), x.detach().amin(dims).reshape(self.size.shape)
        if self.asymmetric:
            self.low.data.copy_(torch.clamp(low, max=0))
            self.size.data.copy_(torch.clamp(high - low, min=1e-3))
        else:
            self.size.data.copy_(torch.clamp(torch.max(high.abs(), low.abs()), min=0.1))
        self.ready = True

    def range(self, bits):
        levels = 2.0 ** bits
        if not self.asymmetric:
            half = levels / 2 if self.signed else 0.0
            sigma = self.size.abs() + 1e-16
            low = sigma * (-half / (levels - half - 1))
            return low, sigma - low, -half, levels - half - 1
        size = self.size.abs() + 1e-16
        high, low, top = torch.clamp(self.low + size, min=0), torch.clamp(self.low, max=0), levels - 1
        with torch.no_grad():
            zero = torch.round(-low * levels / (high - low))
            moved_low = torch.where(zero < top, zero / (zero - top) * high, low)
            moved_high = torch.where(zero > 0, (zero - top) / zero * low, high)
            first = (high - moved_low) > (moved_high - low)
            tuned_low = torch.where(first, moved_low, low)
            tuned_size = torch.where(first, high, moved_high) - tuned_low
        return low + (tuned_low - low).detach(), size + (tuned_size - size).detach(), 0.0, top

    def forward(self, x):
        if not self.ready:
            self.prepare(x)
        bits = torch.clamp(self.bits, LOWEST_BITS, HIGHEST_BITS)
        lower = float(torch.floor(bits.detach()))
        a = IntegerQuantize.apply(x, *self.range(lower))
        b = IntegerQuantize.apply(x, *self.range(lower + 1))
        return (bits - lower) * b + (lower + 1 - bits) * a


def weight_quantizer(module, asymmetric):
    weight = module.weight
    q = Quantizer([weight.shape[0]] + [1] * (weight.dim() - 1), asymmetric, True, weight.numel())
    module.quantizer = q

    def forward(self, x):
        w = self.quantizer(self.weight)
        if isinstance(self, nn.Linear):
            return nn.functional.linear(x, w, self.bias)
        return nn.functional.conv2d(x, w, self.bias, self.stride, self.padding, self.dilation, self.groups)

    module.forward = types.MethodType(forward, module)


class Behind(nn.Module):
    """A module and the quantizer of what it gives."""

    def __init__(self, module, quantizer):
        super().__init__()
        self.module, self.quantizer = module, quantizer

    def forward(self, x):
        return self.quantizer(self.module(x))


def quantized(model, name, asymmetric):
    activation = lambda signed, channels=1: Quantizer([1, channels, 1, 1] if channels > 1 else [1], asymmetric, signed)
    for module in list(model.modules()):
        if isinstance(module, (nn.Conv2d, nn.Linear)):
            weight_quantizer(module, asymmetric)
    if name.startswith("mobilenet"):
        layers = []
        for block in model.features:
            flat = list(block.conv) if hasattr(block, "conv") else [block]
            layers += [layer for layer in flat if isinstance(layer, nn.Sequential)]
        for layer, following in zip(layers, layers[1:] + [None]):
            groups = following[0].groups if following is not None else 1
            layer[2] = Behind(layer[2], activation(False, groups))
        for block in model.features:
            if hasattr(block, "conv"):
                block.ends, block.sums = activation(True), activation(True)
                block.forward = types.MethodType(
                    lambda self, x: self.sums(x + self.ends(self.conv(x))) if self.use_res_connect else self.ends(self.conv(x)), block
                )
        model.classifier[0] = nn.Sequential(activation(False), model.classifier[0])
    elif name == "resnet50":
        model.relu = Behind(model.relu, activation(False))
        for module in list(model.modules()):
            if isinstance(module, torchvision.models.resnet.Bottleneck):
                module.points = nn.ModuleList(activation(signed) for signed in (False, False, True, True, False))

                def forward(self, x):
                    one, two, three, four, five = self.points
                    relu = nn.functional.relu
                    out = two(relu(self.bn2(self.conv2(one(relu(self.bn1(self.conv1(x))))))))
                    kept = x if self.downsample is None else four(self.downsample(x))
                    return five(relu(three(self.bn3(self.conv3(out))) + kept))

                module.forward = types.MethodType(forward, module)
        model.avgpool = Behind(model.avgpool, activation(False))
    else:
        for module in list(model.modules()):
            if type(module).__name__ == "BasicConv2d":
                module.point = activation(False)
                module.forward = types.MethodType(lambda self, x: self.point(nn.functional.relu(self.bn(self.conv(x)))), module)
        model.avgpool = Behind(model.avgpool, activation(False))
    return nn.Sequential(activation(True), model)


def network(name, classes):
    if name == "mobilenet_v2_32x32":
        # a 1x1 stem without stride, and no last reduction
        settings = [[1, 16, 1, 1], [6, 24, 2, 2], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 1], [6, 320, 1, 1]]
        model = torchvision.models.mobilenet_v2(num_classes=classes, inverted_residual_setting=settings)
        model.features[0][0] = nn.Conv2d(3, 32, 1, bias=False)
        return model
    if name == "inception_v3":
        return torchvision.models.inception_v3(num_classes=classes, aux_logits=True, init_weights=False)
    return getattr(torchvision.models, name)(num_classes=classes)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", choices=SHIPPED, required=True)
    parser.add_argument("--batch-size", type=int, required=True)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--mode", choices=["fp32", "fracbits"], default="fracbits")
    parser.add_argument("--image-size", type=int)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--channels-last", action="store_true")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    size, classes, asymmetric = SHIPPED[options.model]
    size = options.image_size or size
    start = time.perf_counter()
    model = network(options.model, classes)
    quantizers = []
    if options.mode == "fracbits":
        model = quantized(model, options.model, asymmetric)
        quantizers = [module for module in model.modules() if isinstance(module, Quantizer)]
    model.train()
    images = torch.randn(options.batch_size, 3, size, size)
    if options.channels_last:
        model, images = model.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
    labels = torch.randint(classes, (options.batch_size,))
    if options.mode == "fracbits":
        with torch.no_grad():
            model(images)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9, nesterov=True, weight_decay=1e-4)
    opened = time.perf_counter() - start

    def step():
        optimizer.zero_grad()
        out = model(images)
        loss = nn.functional.cross_entropy(out[0], labels) + 0.4 * nn.functional.cross_entropy(out[1], labels) if isinstance(out, tuple) else nn.functional.cross_entropy(out, labels)
        if quantizers:
            total = sum(q.elements for q in quantizers)
            bits = sum(q.elements * torch.clamp(q.bits, LOWEST_BITS, HIGHEST_BITS) for q in quantizers)
            loss = loss + ALPHA * (total * INITIAL_BITS / bits - TARGET_RATE).abs()
        loss.backward()
        optimizer.step()
        return float(loss)

    def timed(work):
        before, cpu = time.perf_counter(), time.process_time()
        work()
        return time.perf_counter() - before, time.process_time() - cpu

    first = timed(step)[0]
    step()
    taken = [timed(step) for _ in range(options.steps)]

    def spread(values):
        values = sorted(values)
        return {"min": values[0], "median": values[len(values) // 2], "max": values[-1]}

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({
        "type": "bench-step", "model": options.model, "mode": options.mode, "batchSize": options.batch_size, "imageSize": size, "steps": options.steps,
        "secondsPerStep": spread([seconds for seconds, _ in taken]), "cpuSecondsPerStep": spread([cpu for _, cpu in taken]),
        "openSeconds": opened, "firstStepSeconds": first, "peakResidentBytes": peak, "threads": torch.get_num_threads(),
        "torch": torch.__version__, "channelsLast": options.channels_last,
    }))


main()
