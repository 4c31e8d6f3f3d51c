/**
 * Environment of a process that loads TensorFlow. Its own chatter below errors is switched off; what remains on stderr is worth keeping.
 * What the person has set already stays.
 */
export function trainerEnvironment(base: NodeJS.ProcessEnv, mode: 'run' | 'probe' | 'job'): NodeJS.ProcessEnv {
  return { TF_CPP_MIN_LOG_LEVEL: '2', ...base, FRACBITS_TRAINER_MODE: mode }
}
