/** Variable that is set for trainers in a job of a cluster: who started them decides when they end, not the signal that reaches every process of a job. */
export const IN_JOB = 'FRACBITS_IN_JOB'

/** Keeps a trainer in a job from ending by that signal. */
export function outliveSignalsInJob(): void {
  if (process.env[IN_JOB] === undefined) return
  process.on('SIGTERM', () => undefined)
  process.on('SIGHUP', () => undefined)
}

/**
 * Environment of a process that loads TensorFlow. Its own chatter is switched off, errors included: those that matter come back as errors of calls,
 * the others are its attempts to read compiled code as text. What the person has set already stays.
 */
export function trainerEnvironment(base: NodeJS.ProcessEnv, mode: 'run' | 'probe' | 'job'): NodeJS.ProcessEnv {
  return { TF_CPP_MIN_LOG_LEVEL: '3', ...base, FRACBITS_TRAINER_MODE: mode }
}
