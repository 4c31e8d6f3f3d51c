import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { StudioError } from '../contract/errors'
import type { ExportFormat, ExportRecord, Job, Verification } from '../contract/exports'
import { exists } from '../util/exists'
import { sha256OfFile } from '../util/file-hash'
import { checkpointSpec } from './checkpoint-spec'
import { ELSEWHERE } from './images-elsewhere'
import type { EngineDeps } from './types'

export interface RunExports {
  create(runId: string, format: ExportFormat, file: string | null): Promise<ExportRecord>
  verify(file: string, dataDir: string | null): Promise<Verification>
}

type Deps = Pick<EngineDeps, 'store' | 'trainerHost' | 'appVersion'> & { readonly now: () => number }

type Reference = NonNullable<Extract<Job, { kind: 'verify' }>['reference']>

const EXTENSIONS: Readonly<Record<ExportFormat, string>> = { onnx: 'onnx', qonnx: 'qonnx.onnx', safetensors: 'safetensors', tfjs: 'tfjs.zip' }

/** Makes files from runs and checks them: a trainer process writes, another process that knows nothing of training reads and compares. */
export function createRunExports({ store, trainerHost, appVersion, now }: Deps): RunExports {
  /** Without a folder of images the file's integrity alone is checked. */
  const check = async (file: string, record: ExportRecord | null, dataDir: string | null, reference: Reference | null): Promise<Verification> => {
    const data = dataDir === null ? null : { dir: dataDir, name: null, limit: null }
    const answer = await trainerHost.job({ kind: 'verify', file, expectedSha256: record?.sha256 ?? null, data, reference })
    if (answer.kind !== 'verified') throw new RangeError(`a check was answered with "${answer.kind}"`)
    if (record !== null) await store.transaction((transaction) => store.exports.setVerification(transaction, record.id, answer.verification))
    return answer.verification
  }

  return {
    async create(runId, format, given) {
      const run = await store.runs.get(runId)
      const file = given ?? join(run.folder, 'exports', `${run.model}.${EXTENSIONS[format]}`)
      if (!isAbsolute(file)) throw new StudioError('BAD_INPUT', `"${file}" is not an absolute path. Name the whole path of the file.`)
      const spec = await checkpointSpec(store, run, null)
      await mkdir(dirname(file), { recursive: true })
      const reference = `${file}.reference`
      const answer = await trainerHost.job({ kind: 'export', spec, format, file, reference, version: appVersion })
      if (answer.kind !== 'exported' || spec.resumeFrom === null) throw new RangeError(`an export was answered with "${answer.kind}"`)
      const { sha256, size } = answer
      const checkpointSha256 = spec.resumeFrom.sha256
      const record = await store.transaction((transaction) =>
        store.exports.insert(transaction, { runId, format, file, sha256, size, checkpointSha256, createdAt: now() }),
      )
      // The trainer has just evaluated this very checkpoint.
      const verification = await check(file, record, run.dataDir, { file: reference, origin: 'trainer' })
      return { ...record, verification }
    },

    async verify(file, dataDir) {
      if (!isAbsolute(file)) throw new StudioError('BAD_INPUT', `"${file}" is not an absolute path. Name the whole path of the file.`)
      if (!(await exists(file))) throw new StudioError('NOT_FOUND', `${file} does not exist. Name an exported file.`)
      const record = (await store.exports.find({ file })) ?? (await store.exports.find({ sha256: await sha256OfFile(file) }))
      const recorded = `${file}.reference`
      const beside = (await exists(recorded)) ? { file: recorded, origin: 'recorded' as const } : null
      const run = record === null ? null : await store.runs.find(record.runId)
      const images = dataDir ?? (run === null || run.dataDir === ELSEWHERE ? null : run.dataDir)
      // A damaged file need not wait for the trainer.
      const integrity = await check(file, record, null, null)
      if (integrity.verdict === 'wrong' || images === null) return integrity
      if (record === null || run === null) return check(file, record, images, beside)
      const spec = { ...(await checkpointSpec(store, run, record.checkpointSha256)), ...(dataDir === null ? {} : { dataDir }) }
      if (spec.resumeFrom === null) return check(file, record, images, beside)
      const folder = await mkdtemp(join(tmpdir(), 'fracbits-check-'))
      try {
        const reference = join(folder, 'logits.safetensors')
        await trainerHost.job({ kind: 'reference', spec, reference })
        return await check(file, record, images, { file: reference, origin: 'trainer' })
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}
