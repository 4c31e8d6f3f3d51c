import { config } from 'zod'

// Must be the first import of the page: schemas decide when they are made whether they compile code, which the page's policy forbids.
config({ jitless: true })
