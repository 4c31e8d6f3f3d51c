import { execFileSync } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { makeTempDir } from '../../util/temp-dir'

/** The environment variable that tells the library how many devices. */
export const COUNT_VARIABLE = 'FRACBITS_TEST_CPU_DEVICES'

/** Compiles the library that gives sessions several CPU devices into a folder; its path. On Linux, with the C compiler that the set-up asks for. */
export function compileCpuDevices(folder: string): string {
  const library = join(folder, 'cpu-devices.node')
  execFileSync(process.env['CC'] ?? 'cc', ['-shared', '-fPIC', '-O1', '-o', library, join(import.meta.dirname, 'cpu-devices.c'), '-ldl'])
  return library
}

/** Every session of this process has so many CPU devices from now on, at most 127: `/device:CPU:0` and so on. To be called before TensorFlow is loaded. */
export function giveCpuDevices(count: number): void {
  const { path: folder, remove } = makeTempDir()
  try {
    process.env[COUNT_VARIABLE] = String(count)
    process.dlopen({ exports: {} }, compileCpuDevices(folder), constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL)
  } finally {
    remove()
  }
}
