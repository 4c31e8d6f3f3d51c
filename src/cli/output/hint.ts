/** A command as a person would type it in a checkout. */
export const hint = (command: string): string => `npm start -- ${command}`
