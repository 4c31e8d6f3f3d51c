/** What a new configuration begins with: valid, small, and all its parts in sight. */
export const STARTING_TEXT = `{
  "model": "resnet20",
  "model_params": { "width_mult": 0.5 },
  "num_classes": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] },
  "dataset": "fashion_mnist",
  "batch_size": 128,
  // In FP32 first, so that compression begins with a network that knows something.
  "pretraining": {
    "epochs": 4,
    "optimizer": { "type": "SGD", "base_lr": 0.1, "optimizer_params": { "momentum": 0.9 }, "schedule_type": "cosine" }
  },
  "epochs": 3,
  "optimizer": { "type": "SGD", "base_lr": 0.02, "optimizer_params": { "momentum": 0.9 }, "schedule_type": "cosine" },
  "compression": {
    "algorithm": "fracbits_quantization",
    "freeze_epoch": 2,
    "overflow_fix": "disable",
    "loss": { "compression_rate": 1.5, "alpha": 40 }
  }
}
`
