import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { RunEvent } from '../../contract/api'
import type { NetworkOutline } from '../../contract/configurations'
import type { EngineClient } from '../../contract/engine-client'
import type { RunDetail, RunStatus } from '../../contract/entities'
import { createClient } from '../../rpc/client'
import { silentLogger } from '../../util/logger'
import { makeTempDir } from '../../util/temp-dir'
import { openWorkspace } from '../open-workspace'
import type { OpenWorkspaceOptions, WorkspaceConnection } from '../types'
import { createScriptedTrainerHost, type ScriptedTrainerHost } from './scripted-trainer-host'

export const CONFIG_TEXT = `{
  // a small network
  "name": "small",
  "model": "resnet20",
  "num_classes": 10,
  "input_info": { "sample_size": [1, 1, 28, 28] },
  "dataset": "fashion_mnist",
  "epochs": 1,
}`

/** What this engine's networks look like: one layer. */
export const OUTLINE: NetworkOutline = {
  layers: [
    {
      id: 'fc',
      kind: 'linear',
      inputs: ['input'],
      shape: [1, 1, 10],
      parameters: 7850,
      weightElements: 7840,
      macs: 7840,
      bitOperations: 2_007_040,
      weight: { id: 'fc|WEIGHT', mode: 'symmetric', perChannel: true, initialBits: 8, minBits: 4, maxBits: 12, halfRange: false },
      activation: null,
    },
  ],
  input: null,
  parameterCount: 7850,
  macs: 7840,
  quantizerCount: 1,
  multiplications: [{ macs: 7840, weight: 'fc|WEIGHT', input: null }],
  size: { fp32: 250_880, initial: 62_720, smallest: 31_360, largest: 94_080, target: null },
  bitOperations: { initial: 2_007_040, smallest: 1_003_520, largest: 3_010_560, target: null },
  concentration: 1,
}

export interface TestWorkspace {
  readonly folder: string
  readonly dataDir: string
  readonly host: ScriptedTrainerHost
  readonly client: EngineClient
  readonly connection: WorkspaceConnection
  /** Another process's view, or the next life of the same workspace. */
  open(options?: Partial<OpenWorkspaceOptions>): Promise<{ connection: WorkspaceConnection; client: EngineClient }>
  create(): Promise<string>
  /** Resolves with the run when it has the status (and, given, has done so many steps). */
  until(runId: string, status: RunStatus, step?: number, client?: EngineClient): Promise<RunDetail>
  events(runId: string | null): { readonly all: RunEvent[]; stop(): Promise<void> }
  remove(): Promise<void>
}

/** A workspace in a temporary folder, opened as owner, with real trainer processes that follow a script. */
export async function openTestWorkspace(
  script: ScriptedTrainerHost['script'] = {},
  options: Partial<OpenWorkspaceOptions> = {},
): Promise<TestWorkspace> {
  const temp = makeTempDir()
  const folder = join(temp.path, 'workspace')
  const dataDir = join(temp.path, 'data')
  mkdirSync(dataDir)
  const host = createScriptedTrainerHost(script)
  const connections: WorkspaceConnection[] = []

  const open: TestWorkspace['open'] = async (more = {}) => {
    const connection = await openWorkspace({
      workspace: folder,
      trainerHost: host,
      logger: silentLogger,
      appVersion: '1.2.3',
      configsDir: join(temp.path, 'configs'),
      describeNetwork: () => OUTLINE,
      ...options,
      ...more,
    })
    connections.push(connection)
    return { connection, client: createClient(await connection.connect(), { app: 'test' }) }
  }
  const { connection, client } = await open()

  return {
    folder,
    dataDir,
    host,
    client,
    connection,
    open,
    create: async () => (await client.call('runs.create', { configText: CONFIG_TEXT, dataDir })).runId,
    async until(runId, status, step = 0, through = client) {
      const abort = new AbortController()
      const stream = through.open('runs.events', { runId }, { signal: abort.signal })
      const found = async (): Promise<RunDetail | null> => {
        const run = await through.call('runs.get', { runId })
        return run.status === status && run.step >= step ? run : null
      }
      try {
        const already = await found()
        if (already !== null) return already
        for await (const _event of stream) {
          const run = await found()
          if (run !== null) return run
        }
        throw new Error(`the stream ended before the run was ${status}`)
      } finally {
        abort.abort()
      }
    },
    events(runId) {
      const abort = new AbortController()
      const all: RunEvent[] = []
      const reading = (async () => {
        for await (const event of client.open('runs.events', { runId }, { signal: abort.signal })) all.push(event)
      })()
      return {
        all,
        stop: () => {
          abort.abort()
          return reading
        },
      }
    },
    async remove() {
      for (const opened of connections.reverse()) await opened.close()
      temp.remove()
    },
  }
}
