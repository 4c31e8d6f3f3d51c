import { execFileSync } from 'node:child_process'
import { constants } from 'node:os'
import { join } from 'node:path'
import { makeTempDir } from '../../util/temp-dir'

/**
 * Every session of this process has so many CPU devices from now on, at most 127: `/device:CPU:0` and so on. To be called before TensorFlow is
 * loaded, on Linux, where a C compiler is there anyway: it has made the addons.
 */
export function giveCpuDevices(count: number): void {
  const { path: folder, remove } = makeTempDir()
  try {
    const library = join(folder, 'cpu-devices.node')
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, join(import.meta.dirname, 'cpu-devices.c'), '-ldl'])
    process.env['FRACBITS_TEST_CPU_DEVICES'] = String(count)
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL)
  } finally {
    remove()
  }
}
