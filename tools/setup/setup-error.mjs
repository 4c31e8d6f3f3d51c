/** A set-up that cannot go on; the message is one sentence for the person, with the remedy in it. */
export class SetupError extends Error {
  name = 'SetupError'
}
