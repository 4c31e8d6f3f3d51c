import './engine/zod-without-eval'

// Schemas are built, and some are used, as soon as their files are loaded: the rest of the page waits until zod knows that it may not evaluate.
void import('./start')
