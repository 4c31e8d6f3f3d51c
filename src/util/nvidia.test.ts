import { describe, expect, it } from 'vitest'
import { cardName, parseNvidia, whyNoGpu } from './nvidia'

const KERNEL = 'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar  5 22:23:56 UTC 2024\nGCC version:  gcc version 12.2.0'
const LISTED = 'NVIDIA H200, 143771, 143000, 9.0, 550.54.15\n'
const NEEDS = { driver: '525.60.13', capability: '6.0' }
/** As libtensorflow 2.21.0 says it without a driver's library. */
const NO_CUDA = 'E0000 00:00:1795976243.164211 5555 cuda_platform.cc:52] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)\n'

const reason = (kernel: string, listed: string, said = '', visible: string | undefined = undefined): string =>
  whyNoGpu(parseNvidia(kernel, listed), NEEDS, said, visible).reason

describe('the NVIDIA driver and its cards', () => {
  it('are read from what the kernel module and nvidia-smi say', () => {
    expect(parseNvidia(KERNEL, LISTED)).toEqual({ driver: '550.54.15', cards: [{ name: 'NVIDIA H200', memoryMib: 143771, freeMib: 143000, capability: '9.0' }] })
    expect(parseNvidia('', LISTED).driver).toBe('550.54.15')
    expect(parseNvidia('', 'NVIDIA-SMI has failed because it couldn\'t communicate with the NVIDIA driver.\n')).toEqual({ driver: null, cards: [] })
    expect(parseNvidia(KERNEL, LISTED).cards.map(cardName)).toEqual(['NVIDIA H200, 140 GB'])
  })

  it('explain why there is no GPU: driver, card, what hides it, architecture, library, memory', () => {
    expect(reason('', '', NO_CUDA)).toBe('No NVIDIA driver was found on this machine.')
    expect(reason('', 'Old, 100, 100, 9.0, 470.9.1')).toBe('The NVIDIA driver is 470.9.1, and 525.60.13 is the oldest that the runtime works with.')
    expect(reason(KERNEL, '')).toBe('The NVIDIA driver 550.54.15 sees no card.')
    expect(reason(KERNEL, LISTED, '', '-1')).toBe('CUDA_VISIBLE_DEVICES is "-1", which hides every card.')
    expect(reason(KERNEL, 'GeForce GTX 980, 4096, 4000, 5.2, 550.54.15')).toBe('GeForce GTX 980 has compute capability 5.2, and the runtime has code from 6.0 on.')
    expect(reason(KERNEL, LISTED, 'Could not find cuda drivers on your machine, GPU will not be used.')).toBe('A CUDA library of the runtime could not be opened.')
    expect(reason(KERNEL, LISTED, NO_CUDA)).toBe('CUDA could not be started (INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)).')
    expect(reason(KERNEL, 'NVIDIA T4, 15360, 100, 7.5, 550.54.15')).toBe("Other programs have taken the GPU's memory (100 MiB are free).")
    expect(reason(KERNEL, LISTED)).toBe('TensorFlow found no GPU that it can use.')
  })

  it('take version 12.1 of a capability as newer than 6.0 and 10.0 as newer than 9.0', () => {
    const needs = { driver: null, capability: '10.0' }
    expect(whyNoGpu(parseNvidia(KERNEL, LISTED), needs, '', undefined).reason).toContain('has code from 10.0 on')
    expect(whyNoGpu(parseNvidia(KERNEL, LISTED.replace('9.0', '12.1')), needs, '', undefined).reason).toBe('TensorFlow found no GPU that it can use.')
  })
})
