import type { RunRecord } from '../store/repositories/runs'
import { join } from 'node:path'
import { ELSEWHERE } from './images-elsewhere'

/** Quotes for a POSIX shell, or for cmd.exe on Windows; left alone where nothing needs it. */
export function quoteArgument(text: string, platform: NodeJS.Platform = process.platform): string {
  // A home folder that is not named must be put in by the shell, which it does outside of quotes only.
  if (platform !== 'win32' && text.startsWith('~/')) return `~/${quoteArgument(text.slice(2), platform)}`
  if (/^[\w@%+=:,./\\-]+$/.test(text) && (platform === 'win32' || !text.includes('\\'))) return text
  return platform === 'win32' ? `"${text.replaceAll('"', '\\"')}"` : `'${text.replaceAll("'", `'\\''`)}'`
}

/** The shell command that makes the same run again (where its images are not known here, with FOLDER in their place), from the configuration kept in the run's folder. */
export function commandLineOf(
  run: Pick<RunRecord, 'folder' | 'workers' | 'dataDir' | 'slurm'>,
  prefix: string,
  platform: NodeJS.Platform = process.platform,
): string {
  const quote = (text: string): string => quoteArgument(text, platform)
  return `${prefix} train -c ${quote(join(run.folder, 'config.json'))} -j ${run.workers} --data ${run.dataDir === ELSEWHERE ? 'FOLDER' : quote(run.dataDir)}${(run.slurm ?? null) === null ? '' : ' --on slurm'}`
}
