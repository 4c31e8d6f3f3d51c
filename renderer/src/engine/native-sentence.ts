/** What main says when it refuses a call: Electron puts words of its own in front of it, which tell a person nothing. */
export const nativeSentence = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^Error invoking remote method '[^']*': (?:\w*Error: )?/, '')
