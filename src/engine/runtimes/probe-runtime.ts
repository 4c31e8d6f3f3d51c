import { toErrorShape } from '../../contract/errors'
import type { RuntimeFinding, RuntimeRef } from '../../contract/runtimes'
import type { TrainerHost } from '../../contract/trainer-channel'
import { cardName, readNvidia, whyNoGpu } from '../../util/nvidia'

/** Loads an installed runtime in a process of its own and says what it found there, or why it can't compute. Never rejects. */
export async function probeRuntime(host: Pick<TrainerHost, 'probe'>, runtime: RuntimeRef): Promise<RuntimeFinding> {
  const { name } = runtime
  try {
    const [{ tensorflow, device, said }, nvidia] = await Promise.all([host.probe(runtime), readNvidia()])
    const cards = device.startsWith('GPU') ? `: ${nvidia.cards.map(cardName).join('; ')}` : ''
    const detail = `libtensorflow ${tensorflow} on ${device}${cards === ': ' ? '' : cards}`
    if (runtime.kind === 'cpu' || device.startsWith('GPU')) return { name, usable: true, detail, reason: null, remedy: null }
    return { name, usable: false, detail, ...whyNoGpu(nvidia, runtime.needs, said, process.env['CUDA_VISIBLE_DEVICES']) }
  } catch (error) {
    // The process says what to do itself.
    return { name, usable: false, detail: null, reason: toErrorShape(error).message, remedy: null }
  }
}
