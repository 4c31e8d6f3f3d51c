import { app } from 'electron'
import { join } from 'node:path'

/** Folder of the shipped configurations: beside the packed program, where people can read them, or in the checkout. `here` is `out/main`. */
export const configsFolder = (here: string): string => (app.isPackaged ? join(process.resourcesPath, 'configs') : join(here, '../../configs'))
