/** What a person has in front of them: a checkout with npm, or the packaged application. Sentences that name a remedy depend on it. */
export interface Installation {
  readonly packaged: boolean
  /** What is typed before a command's name. */
  readonly command: string
  /** What brings back a part of the program that is missing or damaged; a whole sentence. */
  readonly repair: string
}

/** `moduleUrl` is the address of code of the program: packaged code lies in an archive. */
export function installation(moduleUrl: string = import.meta.url): Installation {
  const packaged = moduleUrl.includes('/app.asar/')
  return packaged
    ? { packaged, command: 'fracbits', repair: 'Install FracBits Studio again.' }
    : { packaged, command: 'npm start --', repair: 'Run "npm run setup".' }
}
