import { installation } from '../../util/installation'

/** A command as a person would type it in a checkout. */
export const hint = (command: string): string => `${installation().command} ${command}`
