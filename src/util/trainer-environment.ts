/**
 * Environment of a process that loads TensorFlow. Its own chatter is switched off, errors included: those that matter come back as errors of calls,
 * the others are its attempts to read compiled code as text. What the person has set already stays.
 */
export function trainerEnvironment(base: NodeJS.ProcessEnv, mode: 'run' | 'probe' | 'job'): NodeJS.ProcessEnv {
  return { TF_CPP_MIN_LOG_LEVEL: '3', ...base, FRACBITS_TRAINER_MODE: mode }
}
