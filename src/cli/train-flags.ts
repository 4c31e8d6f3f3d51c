import { resolve } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { MAX_REPLICAS } from '../contract/training-config/replicas'
import { setKey } from './config-text'
import { wholeNumber } from './whole-number'

const MAX_BATCH = 65_536
const MAX_EPOCHS = 100_000
const MAX_SEED = 4_294_967_295

interface Flag {
  readonly option: Option
  /** Key of the configuration that it sets. */
  readonly key: string
  /** Its value is a path, taken from where the command is called. */
  readonly path?: true
}

const flag = (flags: string, key: string, description: string): Flag => ({ option: new Option(flags, description), key })
const path = (flags: string, key: string, description: string): Flag => ({ ...flag(flags, key, description), path: true })
const count = (flags: string, key: string, min: number, max: number, description: string): Flag => ({
  option: new Option(flags, description).argParser(wholeNumber(min, max)),
  key,
})

function modes(text: string, before: unknown): string[] {
  if (text === 'export') throw new InvalidArgumentError('A run does not export; export comes with its own command.')
  if (text !== 'train' && text !== 'test') throw new InvalidArgumentError('Give train, test or both.')
  return [...(Array.isArray(before) ? before.map(String) : []), text]
}

function noExport(): never {
  throw new InvalidArgumentError('A run does not export; export comes with its own command.')
}

/** The sample's flags (spec 1.2). Each sets a key of the configuration, and only where it was typed: the file wins over a default. */
const FLAGS: readonly Flag[] = [
  { option: new Option('-m, --mode <mode...>', 'train, test (evaluates --resume or --weights), or both').argParser(modes), key: 'mode' },
  path('--resume <checkpoint>', 'resuming_checkpoint_path', 'go on from a checkpoint file: of this program, or of NNCF'),
  path('--weights <file>', 'weights', 'start from these FP32 weights: .pth, .safetensors, or a checkpoint'),
  flag('--pretrained', 'pretrained', 'start from published weights; give their file with --weights'),
  flag('--dataset <name>', 'dataset', 'imagenet or folder (train/<class>/, val/<class>/), cifar100, cifar10, fashion_mnist, ...'),
  count('-b, --batch-size <n>', 'batch_size', 1, MAX_BATCH, 'images a training step'),
  count('--batch-size-init <n>', 'batch_size_init', 1, MAX_BATCH, 'images a batch of the initialisation'),
  count('--batch-size-val <n>', 'batch_size_val', 1, MAX_BATCH, 'images a batch of the validation'),
  count('--epochs <n>', 'epochs', 1, MAX_EPOCHS, 'epochs of the compression stage'),
  count('--start-epoch <n>', 'start_epoch', 0, MAX_EPOCHS, 'epoch to start with'),
  count('--seed <n>', 'seed', 0, MAX_SEED, 'seed of everything random'),
  flag('--target-device <name>', 'target_device', 'ANY, CPU, GPU, VPU or TRIAL: whose quantizers are used'),
  flag('--disable-compression', 'disable_compression', 'train without the compression section'),
  path('--metrics-dump <file>', 'metrics_dump', 'write the best accuracy to this JSON file'),
  path('--checkpoint-save-dir <dir>', 'checkpoint_save_dir', 'where the last, best and intermediate checkpoints are written'),
  count('--save-freq <n>', 'save_freq', 1, MAX_EPOCHS, 'epochs between intermediate checkpoints'),
  count('-p, --print-freq <n>', 'print_freq', 1, 1_000_000, 'steps between lines of the log'),
  count('--test-every-n-epochs <n>', 'test_every_n_epochs', 1, MAX_EPOCHS, 'epochs between validations'),
  flag('--cpu-only', 'cpu_only', 'compute on the CPU'),
  count('--gpu-id <n>', 'gpu_id', 0, 1_000, 'compute on this GPU'),
  count('--replicas <n>', 'replicas', 1, MAX_REPLICAS, 'divide every training batch among so many GPUs (with --cpu-only: parts on the processor)'),
  flag('--multiprocessing-distributed', 'multiprocessing_distributed', 'divide every training batch among all GPUs'),
  flag('--runtime <name>', 'runtime', 'compute with this installed runtime; gpu takes the newest for GPUs (default: the built-in one)'),
  { option: new Option('--to-onnx <file>', 'refused: export comes with its own command').argParser(noExport).hideHelp(), key: 'to_onnx' },
  // Accepted, as the sample's command lines have them; the log says that one machine does not need them.
  ...[
    flag('--find-unused-parameters', 'find_unused_parameters', ''),
    count('--world-size <n>', 'world_size', 1, 100_000, ''),
    count('--rank <n>', 'rank', 0, 100_000, ''),
    flag('--dist-url <url>', 'dist_url', ''),
    flag('--dist-backend <name>', 'dist_backend', ''),
    flag('--print-step', 'print_step', ''),
    flag('--imshow-batch', 'imshow_batch', ''),
  ].map((one) => ({ ...one, option: one.option.hideHelp() })),
]

/** The long form of the option of `train` that sets a key of the configuration. */
export const TRAIN_FLAG_OF_KEY: ReadonlyMap<string, string> = new Map(FLAGS.map(({ option, key }) => [key, option.long ?? option.flags]))

const EXCLUSIVE: readonly (readonly string[])[] = [
  ['resume', 'weights'],
  ['cpuOnly', 'gpuId', 'multiprocessingDistributed'],
  ['gpuId', 'replicas'],
  ['multiprocessingDistributed', 'replicas'],
]

export function addTrainFlags(command: Command): Command {
  for (const { option } of FLAGS) {
    const name = option.attributeName()
    command.addOption(option.conflicts(EXCLUSIVE.flatMap((group) => (group.includes(name) ? group.filter((other) => other !== name) : []))))
  }
  return command
}

/** The configuration with the flags that were typed: they win over the file. */
export function withTypedFlags(configText: string, command: Command, cwd: string): string {
  return FLAGS.reduce((text, { option, key, path: isPath }) => {
    const name = option.attributeName()
    if (command.getOptionValueSource(name) !== 'cli') return text
    const value: unknown = command.getOptionValue(name)
    return setKey(text, [key], isPath && typeof value === 'string' ? resolve(cwd, value) : value)
  }, configText)
}
